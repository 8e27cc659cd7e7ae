// Name and billing address of an organization; leaving it and closing it.
import { html } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { t } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { go } from '../lib/router.js';
import { reloadTenants } from '../lib/session.js';
import { acting, asMember, isAdmin, leave, renewTenant } from '../lib/tenant.js';
import { Button, Card, Copy, Loaded } from '../components/basics.js';
import { ask } from '../components/dialog.js';
import { Field, FormOf } from '../components/fields.js';
import { PageHead } from '../components/head.js';
import { say } from '../components/toast.js';

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function Settings({ tenant }) {
  /** @type {import('../lib/load.js').Loaded<Api.TenantInfo>} */
  const info = useLoad((signal) => asMember('GET', '/service/info', undefined, { signal }), []);
  const gone = async (/** @type {string} */ done) => {
    await reloadTenants();
    leave();
    say(done);
    go('/organizations');
  };
  const quit = () =>
    ask({
      title: t('settings.ask_leave', { name: tenant.name }),
      text: t('settings.ask_leave_text'),
      action: t('settings.leave'),
      danger: true,
      act: async () => {
        await asMember('POST', '/service/members/leave');
        await gone(t('settings.left', { name: tenant.name }));
      },
    });
  const archive = () =>
    ask({
      title: t('settings.ask_archive', { name: tenant.name }),
      text: t('settings.ask_archive_text'),
      action: t('settings.archive'),
      danger: true,
      typed: tenant.slug,
      act: async () => {
        await asMember('POST', '/service/archive', { slug: tenant.slug });
        await gone(t('settings.archived', { name: tenant.name }));
      },
    });
  return html`<${PageHead} title=${t('nav.settings')} lead=${t('settings.lead')} />
    <div class="stack wide">
      <${Loaded} of=${info} lines=${5}>${(/** @type {Api.TenantInfo} */ data) => html`
        ${isAdmin(tenant.role) && html`<${Names} info=${data} onSaved=${info.set} />`}
        <${Card} title=${t('details')}><dl class="facts">
          ${!isAdmin(tenant.role) && html`<dt>${t('organization.name')}</dt><dd>${data.name}</dd><dt>
            ${t('organization.billing_email')}</dt><dd>${data.billing_email}</dd>`}
          <dt>${t('organization.slug')}</dt><dd><code>${data.slug}</code></dd>
          <dt>${t('id')}</dt><dd class="row nowrap"><code>${data.id}</code><${Copy} text=${data.id}
            label=${t('copy_id')} /></dd></dl><//>`}<//>
      ${
        tenant.role === 'owner'
          ? html`<${Card} title=${t('settings.leave_title')} lead=${t('settings.leave_owner')}
            actions=${html`<a href="#/o/${tenant.slug}/members">${t('overview.all_members')}</a>`} body=${false} />
            <${Card} title=${t('settings.archive_title')} lead=${t('settings.archive_lead')}
            actions=${html`<${Button} kind="plain bad" onClick=${archive}>${t('settings.archive')}<//>`}
            body=${false} />`
          : !acting.value &&
            html`<${Card} title=${t('settings.leave_title')} lead=${t('settings.leave_lead')} actions=${html`<${Button}
              kind="plain bad" onClick=${quit}>${t('settings.leave')}<//>`} body=${false} />`
      }
    </div>`;
}

/** @param {{info: Api.TenantInfo, onSaved: (info: Api.TenantInfo) => void}} props */
function Names({ info, onSaved }) {
  const form = useForm(
    { name: info.name, billing_email: info.billing_email },
    async (values) => {
      onSaved(await asMember('PATCH', '/service/info', values));
      await renewTenant();
      say(t('saved'));
    },
    'names',
  );
  return html`<${Card} title=${t('settings.names')}><${FormOf} form=${form}>
    <${Field} form=${form} name="name" label=${t('organization.name')} autocomplete="organization" />
    <${Field} form=${form} name="billing_email" type="email" label=${t('organization.billing_email')}
      autocomplete="off" />
    <div class="row"><${Button} type="submit" kind="primary" busy=${form.busy}>${t('save')}<//></div><//><//>`;
}
