// Accepting an invitation: with the account one is signed in to, with another one, or with a new one.
import { html, useEffect, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { go, place } from '../lib/router.js';
import { asPerson, challenge, farewell, reloadTenants, signIn, signOut, state, tenants, user } from '../lib/session.js';
import { Button, Note, Segments } from '../components/basics.js';
import { Field, FormOf, PasswordField } from '../components/fields.js';
import { AccountFields, NO_ACCOUNT } from '../components/new-account.js';
import { attempt, say } from '../components/toast.js';
import { Alone, SheetHead } from '../shell/alone.js';
import { SecondStep } from './second-step.js';

/** Shows the organization that was joined. @param {string} [id] */
function arrive(id) {
  const joined = tenants.value.find((tenant) => tenant.id === id) ?? tenants.value.at(-1);
  say(joined ? t('invite.done', { name: joined.name }) : t('invite.done_nameless'));
  go(joined ? `/o/${joined.slug}` : '/organizations');
}

/** @param {string} token */
async function accept(token) {
  /** @type {Api.Joined} */
  const joined = await asPerson('POST', '/global/invites/accept', { token });
  await reloadTenants();
  arrive(joined.tenant_id);
}

export default function Invitation() {
  const token = place.value.query.get('token') ?? '';
  const [way, setWay] = useState(/** @type {'register' | 'sign-in'} */ ('register'));
  const [email, setEmail] = useState('');
  if (state.value === 'starting') return html`<${Alone}><${SheetHead} title=${t('invite.title')} /><//>`;
  if (challenge.value) return html`<${SecondStep} challenge=${challenge.value} />`;
  const away = user.value && html`<a href="#/organizations">${t('organizations.title')}</a>`;
  return html`<${Alone} foot=${away}>
    <${SheetHead} title=${t('invite.title')}
      lead=${user.value ? t('invite.lead_signed_in', { email: user.value.email }) : t('invite.lead')} />
    ${farewell.value && html`<${Note} kind="warn">${t(`farewell.${farewell.value}`)}<//>`}
    ${
      user.value
        ? html`<${Accept} token=${token} />`
        : html`
      <${Segments} label=${t('invite.way')} value=${way} onChange=${setWay} options=${[
        ['register', t('invite.new')],
        ['sign-in', t('invite.have')],
      ]} />
      ${
        way === 'register'
          ? html`<${Join} token=${token} email=${email} onEmail=${setEmail} />`
          : html`<${SignInFirst} token=${token} email=${email} onEmail=${setEmail} />`
      }`
    }
  <//>`;
}

/** @param {{token: string}} props */
function Accept({ token }) {
  const form = useForm({}, () => accept(token));
  return html`<${FormOf} form=${form}>
    <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('invite.accept')}<//>
    <${Button} kind="plain wide" onClick=${() => attempt(signOut)}>${t('invite.other')}<//><//>`;
}

/** @typedef {{token: string, email: string, onEmail: (email: string) => void}} Props the address that was typed stays when the way changes */

/** @param {Props} props */
function Join({ token, email, onEmail }) {
  const form = useForm({ ...NO_ACCOUNT, email }, async (values) => {
    await send('POST', '/global/auth/register', { body: { ...values, invite_token: token } });
    await signIn('login', { email: values.email, password: values.password });
    arrive();
  });
  useEffect(() => onEmail(form.values.email), [form.values.email]);
  return html`<${FormOf} form=${form}><${AccountFields} form=${form} emailHint=${t('invite.email_hint')} />
    <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('invite.join')}<//><//>`;
}

/** @param {Props} props */
function SignInFirst({ token, email, onEmail }) {
  const form = useForm({ email, password: '' }, async (values) => {
    // With a second factor to prove first, accepting is the next thing the page offers.
    if (await signIn('login', values)) await accept(token);
  });
  useEffect(() => onEmail(form.values.email), [form.values.email]);
  return html`<${FormOf} form=${form}>
    <${Field} form=${form} name="email" type="email" autocomplete="username" label=${t('email')} />
    <${PasswordField} form=${form} name="password" autocomplete="current-password" label=${t('password')} />
    <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('invite.sign_in')}<//>
    <p class="foot"><a href="#/forgot-password">${t('sign_in.forgot')}</a></p><//>`;
}
