// Setting a second factor up, taking it away, and its recovery codes.
import { html, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { Problem } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { save } from '../lib/save.js';
import { asPerson, user } from '../lib/session.js';
import { Button, Copy, Note } from '../components/basics.js';
import { Dialog } from '../components/dialog.js';
import { Field, FormOf, PasswordField } from '../components/fields.js';

/** @typedef {{onClose: () => void, onDone: () => void}} Props */

/**
 * A form with a code, whose refusal is told in the words of the app: a code of a mail is another thing.
 * @param {Record<string, string>} initial
 * @param {(values: any) => Promise<unknown>} act
 */
function useCodeForm(initial, act) {
  const form = useForm(initial, async (values) => {
    try {
      await act(values);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'invalid_code') throw error;
      form.fail({ code: t('factor.wrong') });
      /** @type {HTMLElement | null | undefined} */
      const field = form.element.current?.querySelector('[name="code"]');
      field?.focus();
    }
  });
  return form;
}

/** @param {Props} props */
export function SetUp({ onClose, onDone }) {
  const [begun, setBegun] = useState(/** @type {Api.NewTotp | null} */ (null));
  const [codes, setCodes] = useState(/** @type {string[] | null} */ (null));
  const begin = useForm({ current_password: '' }, async (values) =>
    setBegun(await asPerson('POST', '/global/auth/mfa/totp', values)),
  );
  const confirm = useCodeForm({ code: '' }, async (values) => {
    /** @type {Api.RecoveryCodes} */
    const made = await asPerson('POST', '/global/auth/mfa/totp/confirm', values);
    setCodes(made.recovery_codes);
  });
  if (codes) return html`<${Codes} key="codes" codes=${codes} onDone=${onDone} />`;
  if (!begun) {
    return html`<${Dialog} key="begin" title=${t('factor.set_up')} onClose=${onClose}><p class="muted">
      ${t('factor.begin')}</p><${FormOf} form=${begin}><${Password} form=${begin} />
      <${Foot} form=${begin} action=${t('continue')} onClose=${onClose} /><//><//>`;
  }
  return html`<${Dialog} key="confirm" title=${t('factor.set_up')} onClose=${onClose}>
    <p class="muted">${t('factor.scan')}</p>
    <img class="qr" alt=${t('factor.qr')} src="data:image/svg+xml,${encodeURIComponent(begun.qr_svg)}" />
    <div><p class="label">${t('factor.secret')}</p><div class="secret"><code class="grow break">${begun.secret}</code><${Copy}
      text=${begun.secret} label=${t('factor.copy_secret')} /></div></div>
    <${FormOf} form=${confirm}><${Field} form=${confirm} name="code" inputmode="numeric" autocomplete="one-time-code"
      label=${t('factor.first_code')} autofocus />
      <${Foot} form=${confirm} action=${t('factor.confirm')} onClose=${onClose} /><//><//>`;
}

/** @param {Props} props */
export function Renew({ onClose, onDone }) {
  const [codes, setCodes] = useState(/** @type {string[] | null} */ (null));
  const form = useCodeForm({ current_password: '', code: '' }, async (values) => {
    /** @type {Api.RecoveryCodes} */
    const made = await asPerson('POST', '/global/auth/mfa/recovery-codes', values);
    setCodes(made.recovery_codes);
  });
  if (codes) return html`<${Codes} key="codes" codes=${codes} onDone=${onDone} />`;
  return html`<${Dialog} key="renew" title=${t('factor.renew')} onClose=${onClose}><p class="muted">
    ${t('factor.renew_text')}</p><${FormOf} form=${form}><${Proof} form=${form} />
    <${Foot} form=${form} action=${t('factor.renew_action')} onClose=${onClose} /><//><//>`;
}

/** @param {Props} props */
export function Remove({ onClose, onDone }) {
  const form = useCodeForm({ current_password: '', code: '' }, async (values) => {
    await asPerson('DELETE', '/global/auth/mfa/totp', values);
    onDone();
  });
  return html`<${Dialog} title=${t('factor.ask_remove')} onClose=${onClose}><p class="muted">
    ${t('factor.remove_text')}</p><${FormOf} form=${form}><${Proof} form=${form} />
    <${Foot} form=${form} action=${t('factor.remove')} kind="danger" onClose=${onClose} /><//><//>`;
}

/** @typedef {import('../lib/form.js').Form} Form */

/** @param {{form: Form}} props */
const Password = ({ form }) =>
  html`<${PasswordField} form=${form} name="current_password" autocomplete="current-password"
    label=${t('password.current')} autofocus />`;

/** @param {{form: Form}} props */
const Proof = ({ form }) =>
  html`<${Password} form=${form} /><${Field} form=${form} name="code" autocomplete="one-time-code"
    autocapitalize="off" label=${t('factor.code')} hint=${t('factor.code_hint')} />`;

/** @param {{form: Form, action: string, kind?: string, onClose: () => void}} props */
const Foot = ({ form, action, kind = 'primary', onClose }) =>
  html`<div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind=${kind}
    busy=${form.busy}>${action}<//></div>`;

/** The one time that the codes are shown. @param {{codes: string[], onDone: () => void}} props */
function Codes({ codes, onDone }) {
  const title = t('factor.codes_of', { email: user.value?.email ?? '' });
  const text = `${title}\n\n${codes.join('\n')}\n`;
  const download = () => save('trueport-recovery-codes.txt', new Blob([text], { type: 'text/plain' }));
  return html`<${Dialog} once=${true} title=${t('factor.codes')} onClose=${onDone}>
    <${Note} kind="warn">${t('factor.codes_once')}<//>
    <div class="printed"><p class="only-print strong">${title}</p>
      <ul class="codes" aria-label=${t('factor.codes')}>${codes.map((code) => html`<li key=${code}>${code}</li>`)}</ul></div>
    <div class="row"><${Copy} text=${codes.join('\n')} label=${t('factor.copy_codes')} />
      <${Button} autofocus onClick=${download}>${t('factor.download')}<//>
      <${Button} onClick=${() => print()}>${t('factor.print')}<//></div>
    <div class="foot"><${Button} kind="primary" onClick=${onDone}>${t('factor.kept')}<//></div><//>`;
}
