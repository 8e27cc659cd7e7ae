// Acting for somebody in one of their organizations, to help.
import { html } from '../../lib/ui.js';
import { loadBranding } from '../../lib/branding.js';
import { useForm } from '../../lib/form.js';
import { t } from '../../lib/i18n.js';
import { go } from '../../lib/router.js';
import { asPerson } from '../../lib/session.js';
import { act } from '../../lib/tenant.js';
import { Button } from '../../components/basics.js';
import { Dialog } from '../../components/dialog.js';
import { FormOf, Select, TextArea } from '../../components/fields.js';
import { nameOf } from './user-actions.js';

/** Where one can act for a person: nowhere for a platform admin. @param {Api.AdminUser} person */
export const whereToAct = (person) =>
  person.is_platform_admin || person.status !== 'active'
    ? []
    : person.memberships.filter(({ status }) => status === 'active');

/** @param {{person: Api.AdminUser, onClose: () => void}} props */
export function ActDialog({ person, onClose }) {
  const name = nameOf(person);
  const places = whereToAct(person);
  const form = useForm({ tenant_id: places[0].id, reason: '' }, async (values) => {
    /** @type {Api.TenantToken} */
    const tokens = await asPerson('POST', `/admin/users/${encodeURIComponent(person.id)}/impersonate`, values);
    const tenant = places.find(({ id }) => id === values.tenant_id) ?? places[0];
    act(tokens, tenant, { id: person.id, name });
    loadBranding();
    go(`/o/${tenant.slug}`);
  });
  return html`<${Dialog} title=${t('acting.start_as', { name })} onClose=${onClose}>
    <p class="muted">${t('acting.text', { name })}</p>
    <${FormOf} form=${form}>
      <${Select} form=${form} name="tenant_id" label=${t('organization')}
        options=${places.map(({ id, name: text }) => [id, text])} />
      <${TextArea} form=${form} name="reason" label=${t('acting.reason')} hint=${t('acting.reason_hint')} rows="3"
        maxlength="500" autofocus />
      <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
        busy=${form.busy}>${t('acting.start')}<//></div><//><//>`;
}
