// The first start, behind the one-time link: the first platform admin, the address, the mail server.
import { html, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { Problem, send } from '../lib/http.js';
import { t, told } from '../lib/i18n.js';
import { go, place } from '../lib/router.js';
import { asPerson, signIn, state, user } from '../lib/session.js';
import { Button } from '../components/basics.js';
import { Field, FormOf, PasswordField, Select } from '../components/fields.js';
import { MailTest } from '../components/mail-test.js';
import { AccountFields, NO_ACCOUNT } from '../components/new-account.js';
import { say } from '../components/toast.js';
import { Alone, SheetHead } from '../shell/alone.js';

const STEPS = /** @type {const} */ (['admin', 'address', 'mail', 'test']);
const NO_MAIL = { host: '', port: '587', security: 'starttls', username: '', password: '', from_address: '' };

export default function Setup() {
  const [reached, setStep] = useState(0);
  // Who comes again after the first step, as by loading the page anew, is the admin already.
  const step = reached || (user.value?.is_platform_admin ? 1 : 0);
  // Who comes back to it finds what they typed.
  const [mail, setMail] = useState(NO_MAIL);
  const name = STEPS[step];
  const done = () => {
    say(t('setup.done'));
    go('/admin');
  };
  const next = () => setStep(step + 1);
  if (state.value === 'starting') return html`<${Alone} wide=${true} />`;
  return html`<${Alone} wide=${true}>
    <ol class="steps" aria-label=${t('setup.step', { step: step + 1, count: STEPS.length })}>
      ${STEPS.map((one, index) => html`<li key=${one} class=${index <= step ? 'done' : ''}
      aria-current=${index === step ? 'step' : undefined}><span class="hidden">${t(`setup.${one}`)}</span></li>`)}</ol>
    <${SheetHead} key=${name} title=${t(`setup.${name}`)} lead=${t(`setup.${name}_lead`)} />
    ${name === 'admin' && html`<${Admin} next=${next} />`}
    ${name === 'address' && html`<${Address} next=${next} />`}
    ${name === 'mail' && html`<${Mail} known=${mail} onValues=${setMail} next=${next} skip=${done} />`}
    ${name === 'test' && html`<${Test} back=${() => setStep(step - 1)} done=${done} />`}
  <//>`;
}

/** @param {{next: () => void}} props */
function Admin({ next }) {
  const token = place.value.query.get('token') ?? '';
  const form = useForm(NO_ACCOUNT, async (values) => {
    await send('POST', '/global/auth/setup', { body: { ...values, token } }).catch((error) => {
      if (!(error instanceof Problem) || error.code !== 'invalid_token') throw error;
      throw new Problem({ status: error.status, code: 'setup_link', detail: t('setup.link_over') });
    });
    await signIn('login', { email: values.email, password: values.password });
    next();
  });
  return html`<${FormOf} form=${form}><${AccountFields} form=${form} />
    <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('setup.create')}<//>
    <p class="foot"><a href="#/sign-in">${t('setup.skip_admin')}</a></p><//>`;
}

/** @param {string} key @param {string | number} value */
const set = (key, value) => asPerson('PUT', `/admin/configs/${key}`, { value, scope: 'GLOBAL' });

/** @param {{form: import('../lib/form.js').Form, skip: () => void}} props */
const Buttons = ({ form, skip }) =>
  html`<div class="row apart"><${Button} kind="plain" onClick=${skip}>${t('setup.skip')}<//><${Button} type="submit"
    kind="primary" busy=${form.busy}>${t('setup.next')}<//></div>`;

/** @param {{next: () => void}} props */
function Address({ next }) {
  const form = useForm({ value: location.origin }, async ({ value }) => {
    await set('base_url', value.trim()).catch((error) => {
      if (!(error instanceof Problem) || error.code !== 'config_locked') throw error;
      say(t('setup.address_fixed'));
    });
    next();
  });
  return html`<${FormOf} form=${form}><${Field} form=${form} name="value" type="url" label=${t('setup.base_url')}
    hint=${t('setup.base_url_hint')} autocomplete="off" /><${Buttons} form=${form} skip=${next} /><//>`;
}

/** @param {{known: typeof NO_MAIL, onValues: (values: typeof NO_MAIL) => void, next: () => void, skip: () => void}} props */
function Mail({ known, onValues, next, skip }) {
  const form = useForm(
    known,
    async (values) => {
      onValues(values);
      if (!values.host.trim()) {
        form.fail({ host: t('setup.no_host') });
        return;
      }
      // The host comes last: with it the mailer begins, and then knows the rest.
      for (const name of /** @type {const} */ (['port', 'security', 'username', 'password', 'from_address', 'host'])) {
        const value = name === 'port' && /^\d+$/.test(values.port) ? Number(values.port) : values[name].trim();
        if (value === '') {
          // Who came back and emptied it wants the default again.
          if (known[name]) await asPerson('DELETE', `/admin/configs/smtp.${name}`);
          continue;
        }
        await set(`smtp.${name}`, value).catch((error) => {
          // The API says `value`; on this page every value has a field of its own.
          for (const field of error.fields ?? []) if (field.field === 'value') field.field = name;
          throw error;
        });
      }
      next();
    },
  );
  return html`<${FormOf} form=${form}>
    <div class="columns"><${Field} form=${form} name="host" label=${t('setup.host')} placeholder="mail.example.com"
      autocomplete="off" /><${Field} form=${form} name="port" inputmode="numeric" label=${t('setup.port')}
      autocomplete="off" /></div>
    <${Select} form=${form} name="security" label=${t('setup.security')}
      options=${['starttls', 'tls', 'none'].map((name) => [name, told(`option.${name}`)])} />
    <div class="columns"><${Field} form=${form} name="username" label=${t('setup.username')} autocomplete="off" />
      <${PasswordField} form=${form} name="password" label=${t('password')} autocomplete="new-password" /></div>
    <${Field} form=${form} name="from_address" type="email" label=${t('setup.from')} autocomplete="off"
      placeholder="trueport@example.com" />
    <${Buttons} form=${form} skip=${skip} /><//>`;
}

/** @param {{back: () => void, done: () => void}} props */
const Test = ({ back, done }) => html`<${MailTest} kind="" />
  <div class="row apart"><${Button} kind="plain" icon="left" onClick=${back}>${t('setup.back')}<//><${Button}
    kind="primary" onClick=${done}>${t('setup.finish')}<//></div>`;
