// An organization at a glance: its plan, what it used, who is in it.
import { html } from '../lib/ui.js';
import { initials, number } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { asMember, isAdmin, listAsMember } from '../lib/tenant.js';
import { usagePath } from '../lib/usage.js';
import { Avatar, Card, Empty, Loaded, Meter, RoleBadge, Time } from '../components/basics.js';
import { UsageChart } from '../components/chart.js';
import { Icon } from '../components/icon.js';
import { PageHead } from '../components/head.js';

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function Overview({ tenant }) {
  const base = `#/o/${tenant.slug}`;
  const plan = useLoad((signal) => asMember('GET', '/service/entitlements', undefined, { signal }), []);
  const usage = useLoad((signal) => asMember('GET', usagePath('month', tenant.environment), undefined, { signal }), []);
  const members = useLoad((signal) => listAsMember('/service/members?limit=5', signal), []);
  return html`<${PageHead} title=${tenant.name} lead=${t('overview.lead')}>
      ${isAdmin(tenant.role) && html`<a class="button primary" href="${base}/invitations"><${Icon} name="plus" />
        ${t('invitations.action')}</a>`}<//>
    <div class="stack wide">
      <${Loaded} of=${plan} lines=${4}>${(/** @type {Api.Entitlements} */ data) => html`<${Figures} data=${data}
        base=${base} />`}<//>
      <${Card} title=${t('overview.usage')} lead=${t('overview.usage_lead')} actions=${html`<a href="${base}/usage">
        ${t('details')}</a>`}>
        <${Loaded} of=${usage} lines=${7}>${(/** @type {Api.Usage} */ data) => html`<${UsageChart} usage=${data}
          days=${true} />`}<//><//>
      <${Card} title=${t('nav.members')} body=${false} actions=${html`<a href="${base}/members">
        ${t('overview.all_members')}</a>`}>
        <${Loaded} of=${members} lines=${5}>${(/** @type {Api.List<Api.Member>} */ list) => html`<ul>${list.items.map(
          (member) => html`<li key=${member.id} class="setting">
          <div class="row nowrap"><${Avatar} text=${initials(member)} /><div class="grow"><p class="strong break">
            ${member.first_name} ${member.last_name}</p><p class="muted small break">${member.email}</p></div></div>
          <div class="row end"><${RoleBadge} role=${member.role} /></div></li>`,
        )}</ul>
          ${list.total <= 1 && isAdmin(tenant.role) && html`<${Empty} icon="mail" title=${t('overview.alone')}
            text=${t('overview.alone_text')}><a class="button" href="${base}/invitations">${t('invitations.action')}</a>
            <//>`}`}<//><//>
    </div>`;
}

/** @param {{data: Api.Entitlements, base: string}} props */
function Figures({ data, base }) {
  const { limits, used } = data;
  const limit = limits.requests_per_month;
  return html`<div class="grid">
    <a class="card stat" href="${base}/plan"><span class="muted small">${t('nav.plan')}</span><span class="value break">
      ${data.plan_name}</span><span class="muted small">${t('overview.plan_link')}</span></a>
    <div class="card stat"><span class="muted small">${t('overview.requests')}</span><span class="value">
      ${number(used.requests)}</span>
      ${
        limit == null
          ? html`<span class="muted small">${t('overview.unlimited')}</span>`
          : html`<${Meter} used=${used.requests} limit=${limit} label=${t('overview.requests')} />
        <span class="muted small">${t('overview.of', { limit })} · ${t('overview.resets')} <${Time} at=${used.to}
          as="date" /></span>`
      }</div>
    <div class="card stat"><span class="muted small">${t('overview.violations')}</span><span class="value">
      ${number(used.violations)}</span>
      <span class="muted small">${t('overview.since')} <${Time} at=${used.from} as="date" /></span></div>
  </div>`;
}
