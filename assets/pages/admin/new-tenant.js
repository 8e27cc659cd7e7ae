// Making an organization for somebody, with an account where they have none.
import { html, useState } from '../../lib/ui.js';
import { filled } from '../../lib/body.js';
import { useForm } from '../../lib/form.js';
import { t } from '../../lib/i18n.js';
import { go } from '../../lib/router.js';
import { asPerson } from '../../lib/session.js';
import { Button } from '../../components/basics.js';
import { Dialog } from '../../components/dialog.js';
import { Field, FormOf } from '../../components/fields.js';
import { HandOver } from '../../components/hand-over.js';
import { say } from '../../components/toast.js';

const EMPTY = { slug: '', billing_email: '', owner_first_name: '', owner_last_name: '' };

/** @param {{onClose: () => void}} props */
export function NewTenant({ onClose }) {
  const [made, setMade] = useState(/** @type {Api.ProvisionedTenant | null} */ (null));
  const show = (/** @type {Api.ProvisionedTenant} */ tenant) => {
    onClose();
    go(`/admin/organizations/${tenant.id}`);
  };
  const form = useForm({ name: '', owner_email: '', ...EMPTY }, async ({ name, owner_email, ...others }) => {
    /** @type {Api.ProvisionedTenant} */
    const tenant = await asPerson('POST', '/admin/tenants', { name, owner_email, ...filled(others) });
    say(t('new_organization.done', { name: tenant.name }));
    if (tenant.set_password_url) setMade(tenant);
    else show(tenant);
  });
  if (made) {
    return html`<${HandOver} key="made" title=${t('users.link_of', { email: made.owner?.email ?? '' })}
      text=${t('users.link_text')} link=${made.set_password_url} until=${made.set_password_expires_at}
      onClose=${() => show(made)} />`;
  }
  return html`<${Dialog} key="new" wide=${true} title=${t('organizations.new')} onClose=${onClose}><p class="muted">
    ${t('tenants.new_text')}</p>
    <${FormOf} form=${form}>
      <div class="columns"><${Field} form=${form} name="name" label=${t('organization.name')} autocomplete="off"
        autofocus />
        <${Field} form=${form} name="slug" label=${t('tenants.slug')} hint=${t('tenants.slug_hint')} autocomplete="off"
        autocapitalize="off" /></div>
      <${Field} form=${form} name="billing_email" type="email" label=${t('tenants.billing')}
        hint=${t('tenants.billing_hint')} autocomplete="off" />
      <h3>${t('role.owner')}</h3>
      <${Field} form=${form} name="owner_email" type="email" label=${t('email')} hint=${t('tenants.owner_hint')}
        autocomplete="off" />
      <div class="columns"><${Field} form=${form} name="owner_first_name" label=${t('users.first_name')}
        autocomplete="off" />
        <${Field} form=${form} name="owner_last_name" label=${t('users.last_name')} autocomplete="off" /></div>
      <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
        busy=${form.busy}>${t('new_organization.action')}<//></div><//><//>`;
}
