// Making an account for somebody; the link with which they set their password is handed over.
import { html, useState } from '../../lib/ui.js';
import { filled } from '../../lib/body.js';
import { useForm } from '../../lib/form.js';
import { t } from '../../lib/i18n.js';
import { asPerson } from '../../lib/session.js';
import { Button } from '../../components/basics.js';
import { Dialog } from '../../components/dialog.js';
import { Field, FormOf } from '../../components/fields.js';
import { HandOver } from '../../components/hand-over.js';
import { say } from '../../components/toast.js';

/** @param {{onClose: () => void, onMade: () => Promise<void>}} props */
export function NewUser({ onClose, onMade }) {
  const [made, setMade] = useState(/** @type {Api.ProvisionedUser | null} */ (null));
  const form = useForm({ email: '', first_name: '', last_name: '' }, async ({ email, ...names }) => {
    /** @type {Api.ProvisionedUser} */
    const person = await asPerson('POST', '/admin/users', { email, ...filled(names) });
    setMade(person);
    say(t('users.made', { email: person.email }));
    await onMade();
  });
  if (made) {
    return html`<${HandOver} key="made" title=${t('users.link_of', { email: made.email })} text=${t('users.link_text')}
      link=${made.set_password_url} until=${made.set_password_expires_at} onClose=${onClose} />`;
  }
  return html`<${Dialog} key="new" title=${t('users.new')} onClose=${onClose}><p class="muted">${t('users.new_text')}</p>
    <${FormOf} form=${form}>
      <${Field} form=${form} name="email" type="email" label=${t('email')} autocomplete="off" autofocus />
      <div class="columns"><${Field} form=${form} name="first_name" label=${t('users.first_name')} autocomplete="off" />
        <${Field} form=${form} name="last_name" label=${t('users.last_name')} autocomplete="off" /></div>
      <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
        busy=${form.busy}>${t('users.make')}<//></div><//><//>`;
}
