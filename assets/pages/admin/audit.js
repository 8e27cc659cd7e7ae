// Everything that happened in the installation, and whether the record of it is whole.
import { html } from '../../lib/ui.js';
import { verdict } from '../../lib/audit-state.js';
import { number } from '../../lib/format.js';
import { t } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { place } from '../../lib/router.js';
import { asPerson } from '../../lib/session.js';
import { AuditDownloads, AuditLog, choose } from '../../components/audit-log.js';
import { Badge, Card, Loaded, Time } from '../../components/basics.js';
import { PageHead } from '../../components/head.js';
import { Pick } from '../../components/pick.js';

/** @param {string} text */
const people = async (text) => {
  const found = await asPerson('GET', `/admin/users?limit=10&email=${encodeURIComponent(text)}`);
  return found.items.map((/** @type {Api.AdminUserItem} */ one) => ({ id: one.id, text: one.email }));
};

/** @param {string} text */
const organizations = async (text) => {
  const found = await asPerson('GET', `/admin/tenants?limit=10&q=${encodeURIComponent(text)}`);
  return found.items.map((/** @type {Api.AdminTenantItem} */ one) => ({ id: one.id, text: `${one.name} (${one.slug})` }));
};

/** @type {import('../../components/audit-log.js').Source} */
const SOURCE = {
  base: '/admin/audit-events',
  call: asPerson,
  who: ({ actor }) =>
    actor.id?.startsWith('usr_') && html`<a class="name" href="#/admin/users/${actor.id}">${actor.name || actor.id}</a>`,
  href: ({ target: { kind, id } }) =>
    ({ user: `#/admin/users/${id}`, tenant: `#/admin/organizations/${id}` })[kind],
  place: ({ tenant_id: id, tenant_name: name }) =>
    id && html`<br /><span class="small"><span class="muted">${t('audit.in')}</span> <a
      href="#/admin/organizations/${id}">${name ?? id}</a></span>`,
  filters: (errors) => {
    const { query } = place.value;
    const actor = query.get('actor') ?? '';
    return html`<${Pick} name="person" label=${t('audit.person')} value=${actor.startsWith('usr_') ? actor : ''}
        error=${errors.actor} find=${people} placeholder=${t('audit.person_example')}
        onChange=${(/** @type {string} */ id) => choose('actor', id)} />
      <${Pick} name="tenant_id" label=${t('organization')} value=${query.get('tenant_id') ?? ''} error=${errors.tenant_id}
        find=${organizations} placeholder=${t('audit.organization_example')}
        onChange=${(/** @type {string} */ id) => choose('tenant_id', id)} />`;
  },
};

export default function Audit() {
  return html`<${PageHead} title=${t('nav.audit')} lead=${t('audit.lead_all')}><${AuditDownloads} source=${SOURCE} /><//>
    <div class="stack wide"><${Chains} /><${AuditLog} source=${SOURCE} /></div>`;
}

/** Whether anything was changed behind the program's back. */
function Chains() {
  /** @type {import('../../lib/load.js').Loaded<Api.AuditState>} */
  const state = useLoad((signal) => asPerson('GET', '/admin/audit-events/state', undefined, { signal }), []);
  return html`<${Loaded} of=${state} lines=${3}>${(/** @type {Api.AuditState} */ data) => {
    const found = verdict(data);
    const kind = { whole: 'good', fresh: '', behind: 'warn', broken: 'bad' }[found];
    return html`<${Card} title=${t('chains.title')} lead=${t('chains.lead')} actions=${html`<${Badge} kind=${kind}>
      ${t(`chains.${found}`)}<//>`}><div class="stack">
      <p>${t(`chains.${found}_text`)}</p>
      ${found !== 'broken' && html`<p class="muted">${t('chains.offline')} <code>trueport audit verify</code></p>`}
      ${data.broken.length > 0 && html`<${Broken} names=${data.broken} />`}
      ${found === 'broken' && html`<h3>${t('chains.do')}</h3><ol class="numbered">${['do_keep', 'do_verify', 'do_export', 'do_restore'].map(
        (step) => html`<li key=${step}>${t(/** @type {import('../../lib/i18n.js').Key} */ (`chains.${step}`))}</li>`,
      )}</ol>`}
      <details open=${found === 'broken' || found === 'behind'}><summary>${t('details')}</summary><div class="stack inset">
        <dl class="facts"><dt>${t('chains.count')}</dt><dd>${number(data.chains)}</dd>
        <dt>${t('chains.sealed')}</dt><dd><${Time} at=${data.sealed_at} never=${t('system.not_yet')} /></dd>
        <dt>${t('chains.unlinked')}</dt><dd>${number(data.unlinked)}</dd></dl></div></details></div><//>`;
  }}<//>`;
}

/** @param {{names: string[]}} props */
const Broken = ({ names }) => html`<div><h3>${t('chains.which')}</h3><ul>${names.map(
  (name) =>
    html`<li key=${name}>${
      name.startsWith('ten_')
        ? html`<a href="#/admin/organizations/${name}">${t('chains.of_organization')} <code>${name}</code></a>`
        : t('chains.of_platform')
    }</li>`,
)}</ul></div>`;
