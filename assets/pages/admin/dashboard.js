// The installation at a glance.
import { html } from '../../lib/ui.js';
import { number } from '../../lib/format.js';
import { t } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { asPerson } from '../../lib/session.js';
import { Loaded } from '../../components/basics.js';
import { Icon } from '../../components/icon.js';
import { PageHead } from '../../components/head.js';

/** @param {{label: string, value: number, hint: string, href?: string}} props */
function Figure({ label, value, hint, href }) {
  const inner = html`<span class="muted small">${label}</span><span class="value">${number(value)}</span><span
    class="muted small">${hint}</span>`;
  return href ? html`<a class="card stat" href=${href}>${inner}</a>` : html`<div class="card stat">${inner}</div>`;
}

export default function Dashboard() {
  /** @type {import('../../lib/load.js').Loaded<Api.Stats>} */
  const stats = useLoad((signal) => asPerson('GET', '/admin/stats', undefined, { signal }), []);
  /** @type {[string, import('../../components/icon.js').IconName, string, string][]} */
  const links = [
    ['#/admin/organizations', 'building', t('nav.organizations'), t('dashboard.organizations_text')],
    ['#/admin/users', 'members', t('nav.users'), t('dashboard.users_text')],
    ['#/admin/configuration', 'sliders', t('nav.configuration'), t('dashboard.configuration_text')],
    ['#/admin/plans', 'plan', t('nav.plans'), t('dashboard.plans_text')],
    ['#/admin/service-keys', 'key', t('nav.service_keys'), t('dashboard.keys_text')],
  ];
  return html`<${PageHead} title=${t('nav.dashboard')} lead=${t('dashboard.lead')} />
    <div class="stack wide">
      <${Loaded} of=${stats} lines=${3}>${(/** @type {Api.Stats} */ data) => html`<div class="grid stats">
        <${Figure} label=${t('dashboard.tenants')} value=${data.total_tenants}
          hint=${t('dashboard.active', { count: data.active_tenants })} href="#/admin/organizations" />
        <${Figure} label=${t('dashboard.users')} value=${data.total_users} hint=${t('dashboard.users_hint')}
          href="#/admin/users" />
        <${Figure} label=${t('dashboard.requests')} value=${data.total_api_requests_24h}
          hint=${t('dashboard.last_day')} />
        <${Figure} label=${t('dashboard.violations')} value=${data.total_violations_24h}
          hint=${t('dashboard.last_day')} /></div>`}<//>
      <div class="grid two">${links.map(([href, icon, title, text]) => html`<a class="choice" href=${href}><${Icon}
        name=${icon} size=${22} /><span class="grow"><span class="strong">${title}</span><br /><span
        class="muted small">${text}</span></span><${Icon} name="right" /></a>`)}</div>
    </div>`;
}
