// An organization at a glance: its plan, what it used, who is in it, and what happened last.
import { html } from '../lib/ui.js';
import { initials, number } from '../lib/format.js';
import { t, told } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { asMember, isAdmin, listAsMember } from '../lib/tenant.js';
import { usagePath } from '../lib/usage.js';
import { Avatar, Card, Loaded, Meter, RoleBadge, Time } from '../components/basics.js';
import { UsageChart } from '../components/chart.js';
import { Action } from '../components/happenings.js';
import { Icon } from '../components/icon.js';
import { PageHead } from '../components/head.js';

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function Overview({ tenant }) {
  const base = `#/o/${tenant.slug}`;
  const plan = useLoad((signal) => asMember('GET', '/service/entitlements', undefined, { signal }), []);
  const usage = useLoad((signal) => asMember('GET', usagePath('month', tenant.environment), undefined, { signal }), []);
  return html`<${PageHead} title=${tenant.name} lead=${t('overview.lead')}>
      ${isAdmin(tenant.role) && html`<a class="button primary" href="${base}/invitations?invite=yes"><${Icon} name="plus" />
        ${t('invitations.action')}</a>`}<//>
    <div class="stack wide">
      <${Loaded} of=${plan} lines=${4}>${(/** @type {Api.Entitlements} */ data) => html`<${Figures} data=${data}
        base=${base} mayChange=${isAdmin(tenant.role)} />`}<//>
      <${Card} title=${t('overview.usage')} lead=${t('overview.usage_lead')} actions=${html`<a href="${base}/usage">
        ${t('details')}</a>`}>
        <${Loaded} of=${usage} lines=${7}>${(/** @type {Api.Usage} */ data) => html`<${UsageChart} usage=${data}
          days=${true} />`}<//><//>
      ${isAdmin(tenant.role) ? html`<${Events} base=${base} />` : html`<${Members} base=${base} />`}
    </div>`;
}

/** What happened last, for who may read the audit. @param {{base: string}} props */
function Events({ base }) {
  const path = '/service/audit-events?limit=50';
  const events = useLoad((signal) => asMember('GET', path, undefined, { signal }), []);
  // That somebody came is news where nothing else is.
  const news = (/** @type {Api.AuditEvent[]} */ all) => {
    const others = all.filter(({ action }) => !action.startsWith('session.'));
    return (others.length ? others : all).slice(0, 6);
  };
  return html`<${Card} title=${t('overview.events')} body=${false} actions=${html`<a href="${base}/audit">
    ${t('overview.all_events')}</a>`}>
    <${Loaded} of=${events} lines=${6}>${(/** @type {Api.List<Api.AuditEvent>} */ list) => html`<ul>${news(list.items).map(
      ({ id, action, actor, at }) => html`<li key=${id} class="setting"><p><${Action} name=${action} /></p>
      <p class="row apart nowrap muted small"><span class="grow break">${actor.name || told(`audit.actor_${actor.kind}`, actor.kind)}</span>
        <${Time} at=${at} as="ago" /></p></li>`,
    )}</ul>`}<//><//>`;
}

/** @param {{base: string}} props */
function Members({ base }) {
  const members = useLoad((signal) => listAsMember('/service/members?limit=5', signal), []);
  return html`<${Card} title=${t('nav.members')} body=${false} actions=${html`<a href="${base}/members">
    ${t('overview.all_members')}</a>`}>
    <${Loaded} of=${members} lines=${5}>${(/** @type {Api.List<Api.Member>} */ list) => html`<ul>${list.items.map(
      (member) => html`<li key=${member.id} class="setting">
      <div class="row nowrap"><${Avatar} text=${initials(member)} /><div class="grow"><p class="strong break">
        ${member.first_name} ${member.last_name}</p><p class="muted small break">${member.email}</p></div></div>
      <div class="row end"><${RoleBadge} role=${member.role} /></div></li>`,
    )}</ul>`}<//><//>`;
}

/** @param {{data: Api.Entitlements, base: string, mayChange: boolean}} props */
function Figures({ data, base, mayChange }) {
  const { limits, used } = data;
  const limit = limits.requests_per_month;
  return html`<div class="grid four">
    <a class="card stat" href="${base}/plan"><span class="muted small">${t('nav.plan')}</span><span class="value break">
      ${data.plan_name}</span><span class="muted small">${t(mayChange ? 'overview.plan_link' : 'overview.plan_link_reader')}</span></a>
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
    <a class="card stat" href="${base}/members"><span class="muted small">${t('nav.members')}</span><span class="value">
      ${number(data.member_count)}</span><span class="muted small">${
        data.member_count > 1 ? t('overview.all_members') : t('overview.alone_text')
      }</span></a>
  </div>`;
}
