// Signing in, with a password or with a code by mail.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { challenge, farewell, signIn } from '../lib/session.js';
import { Button, Note, Segments } from '../components/basics.js';
import { Field, FormOf, PasswordField } from '../components/fields.js';
import { Alone, SheetHead } from '../shell/alone.js';
import { SecondStep } from './second-step.js';

export default function SignIn() {
  const [way, setWay] = useState(/** @type {'password' | 'code'} */ ('password'));
  const [email, setEmail] = useState('');
  if (challenge.value) return html`<${SecondStep} challenge=${challenge.value} />`;
  return html`<${Alone} foot=${html`${t('sign_in.new')} <a href="#/register">${t('sign_in.register')}</a>`}>
    <${SheetHead} title=${t('sign_in.title')} lead=${t('sign_in.lead')} />
    ${farewell.value && html`<${Note} kind="warn">${t(`farewell.${farewell.value}`)}<//>`}
    <${Segments} label=${t('sign_in.way')} value=${way} onChange=${setWay} options=${[
      ['password', t('sign_in.password')],
      ['code', t('sign_in.code')],
    ]} />
    ${way === 'password' ? html`<${WithPassword} email=${email} onEmail=${setEmail} />` : html`<${WithCode}
      email=${email} onEmail=${setEmail} />`}
  <//>`;
}

/** @typedef {{email: string, onEmail: (email: string) => void}} Props what was typed stays when the way changes */

/** @param {Props} props */
function WithPassword({ email, onEmail }) {
  const form = useForm({ email, password: '' }, (values) => signIn('login', values));
  useEffect(() => onEmail(form.values.email), [form.values.email]);
  return html`<${FormOf} form=${form}>
    <${Field} form=${form} name="email" type="email" autocomplete="username" label=${t('email')} />
    <${PasswordField} form=${form} name="password" autocomplete="current-password" label=${t('password')} />
    <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('sign_in.action')}<//>
    <p class="foot"><a href="#/forgot-password">${t('sign_in.forgot')}</a></p>
  <//>`;
}

/** @param {Props} props */
function WithCode({ email, onEmail }) {
  const [sentTo, setSentTo] = useState('');
  const request = useForm({ email }, async ({ email: to }) => {
    await send('POST', '/global/auth/otp/request', { body: { email: to } });
    onEmail(to);
    setSentTo(to);
  });
  const verify = useForm({ code: '' }, ({ code }) =>
    // As people copy it out of the mail.
    signIn('otp/verify', { email: sentTo, code: code.replace(/\s/g, '') }),
  );
  // The field that one goes on with has the focus.
  const form = sentTo ? verify : request;
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) form.element.current?.querySelector('input')?.focus();
    isFirst.current = false;
  }, [sentTo]);
  if (!sentTo) {
    return html`<${FormOf} form=${request}>
      <${Field} form=${request} name="email" type="email" autocomplete="username" label=${t('email')}
        hint=${t('sign_in.code_hint')} />
      <${Button} type="submit" kind="primary wide" busy=${request.busy}>${t('sign_in.send_code')}<//>
    <//>`;
  }
  return html`<${FormOf} form=${verify}>
    <${Note}>${t('sign_in.code_sent', { email: sentTo })}<//>
    <${Field} form=${verify} name="code" class="input code-input" inputmode="numeric" autocomplete="one-time-code"
      label=${t('sign_in.code_label')} />
    <${Button} type="submit" kind="primary wide" busy=${verify.busy}>${t('sign_in.action')}<//>
    <${Button} kind="plain wide" onClick=${() => setSentTo('')}>${t('sign_in.other_email')}<//>
  <//>`;
}
