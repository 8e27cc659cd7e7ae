// Every organization of the installation.
import { html, useState } from '../../lib/ui.js';
import { number } from '../../lib/format.js';
import { t, told } from '../../lib/i18n.js';
import { useLoad, useSettled } from '../../lib/load.js';
import { note, pageOf, place } from '../../lib/router.js';
import { asPerson } from '../../lib/session.js';
import { Button, Empty, Segments, Status } from '../../components/basics.js';
import { Search } from '../../components/fields.js';
import { PageHead } from '../../components/head.js';
import { Table } from '../../components/table.js';
import { NewTenant } from './new-tenant.js';

const SIZE = 25;

export default function Tenants() {
  const { query } = place.value;
  const [q, status, page] = [query.get('q') ?? '', query.get('status') ?? '', pageOf(query)];
  const [text, setText] = useState(q);
  const [making, setMaking] = useState(false);
  useSettled(text, (settled) => note({ q: settled.trim(), page: '' }));
  const wanted = new URLSearchParams({ limit: String(SIZE), offset: String((page - 1) * SIZE), q });
  if (status) wanted.set('status', status);
  const path = `/admin/tenants?${wanted}`;
  /** @type {import('../../lib/load.js').Loaded<Api.List<Api.AdminTenantItem>>} */
  const list = useLoad((signal) => asPerson('GET', path, undefined, { signal }), [path]);
  /** @type {import('../../components/table.js').Column<Api.AdminTenantItem>[]} */
  const columns = [
    {
      title: t('name'),
      kind: 'main',
      show: (tenant) =>
        html`<div><a class="name break" href="#/admin/organizations/${tenant.id}">${tenant.name}</a><br /><span
          class="muted small break">${tenant.slug}</span></div>`,
    },
    { title: t('status'), show: (tenant) => html`<${Status} value=${tenant.status} />` },
    { title: t('nav.plan'), show: (tenant) => tenant.subscription_plan ?? '–' },
    {
      title: t('nav.members'),
      kind: 'right',
      show: (tenant) => html`<span class="number">${number(tenant.member_count)}</span>`,
    },
  ];
  const options = ['', 'active', 'suspended', 'archived'].map((value) => [
    value,
    value ? told(`status.${value}`) : t('all'),
  ]);
  const empty = html`<${Empty} icon="building" title=${q || status ? t('nothing_found') : t('tenants.none')}
    text=${q || status ? t('tenants.change_filter') : t('tenants.none_text')} />`;
  return html`<${PageHead} title=${t('nav.organizations')} lead=${t('tenants.lead')}><${Button} kind="primary" icon="plus"
      onClick=${() => setMaking(true)}>${t('organizations.new')}<//><//>
    <div class="stack"><div class="row apart"><${Search} label=${t('tenants.search')} value=${text}
      onInput=${setText} />
      <${Segments} label=${t('status')} value=${status} options=${options}
        onChange=${(/** @type {string} */ value) => note({ status: value, page: '' })} /></div>
      <div class="card"><${Table} label=${t('nav.organizations')} columns=${columns} of=${list}
        keyOf=${(/** @type {Api.AdminTenantItem} */ tenant) => tenant.id} empty=${empty} page=${page} size=${SIZE}
        onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div></div>
    ${making && html`<${NewTenant} onClose=${() => setMaking(false)} />`}`;
}
