// A test message: what the mail server says to the settings in force, in plain words.
import { html, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { t, told } from '../lib/i18n.js';
import { asPerson, user } from '../lib/session.js';
import { Button, Note } from './basics.js';
import { Dialog } from './dialog.js';
import { Field, FormOf } from './fields.js';

/** What became of a test message. @param {{test: Api.MailTest, to: string}} props */
const Outcome = ({ test, to }) =>
  test.ok
    ? html`<${Note} kind="good"><p>${t('mail_test.ok', { email: to })}</p><p class="small">${t('mail_test.ok_text')}</p><//>`
    : html`<${Note} kind="bad"><p>${told(`mail_test.${test.reason}`, test.message)}</p>
      ${test.reason !== 'not_set' && html`<details class="small"><summary>${t('mail_test.details')}</summary>
        <p class="break" lang="en">${test.message}</p></details>`}<//>`;

/** @param {{foot?: Children, kind?: string}} props `foot` stands beside the button */
export function MailTest({ foot, kind = 'primary' }) {
  const [outcome, setOutcome] = useState(/** @type {{test: Api.MailTest, to: string} | null} */ (null));
  const form = useForm({ to: user.value?.email ?? '' }, async ({ to }) => {
    setOutcome(null);
    setOutcome({ test: await asPerson('POST', '/admin/mail/test', { to }), to: to.trim() });
  });
  return html`<${FormOf} form=${form}>
    <${Field} form=${form} name="to" type="email" label=${t('mail_test.to')} hint=${t('mail_test.hint')}
      autocomplete="email" />
    <div role="status">${form.busy ? html`<p class="muted">${t('mail_test.busy')}</p>` : outcome && html`<${Outcome}
      test=${outcome.test} to=${outcome.to} />`}</div>
    <div class="foot row end">${foot}<${Button} type="submit" kind=${kind} icon="mail" busy=${form.busy}>
      ${t(outcome ? 'mail_test.again' : 'mail_test.send')}<//></div><//>`;
}

/** A button that opens it. */
export function MailTestButton() {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return html`<${Button} icon="mail" onClick=${() => setOpen(true)}>${t('mail_test.action')}<//>
    ${open && html`<${Dialog} title=${t('mail_test.action')} onClose=${close}><p class="muted">${t('mail_test.lead')}</p>
      <${MailTest} foot=${html`<${Button} onClick=${close}>${t('done')}<//>`} /><//>`}`;
}
