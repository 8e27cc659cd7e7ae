// Every account of the installation.
import { html, useState } from '../../lib/ui.js';
import { initials } from '../../lib/format.js';
import { t } from '../../lib/i18n.js';
import { useLoad, useSettled } from '../../lib/load.js';
import { note, pageOf, place } from '../../lib/router.js';
import { asPerson } from '../../lib/session.js';
import { Avatar, Badge, Button, Empty, Status, Time } from '../../components/basics.js';
import { Search } from '../../components/fields.js';
import { PageHead } from '../../components/head.js';
import { Table } from '../../components/table.js';
import { NewUser } from './new-user.js';
import { nameOf } from './user-actions.js';

const SIZE = 25;

export default function Users() {
  const { query } = place.value;
  const [email, page] = [query.get('email') ?? '', pageOf(query)];
  const [text, setText] = useState(email);
  const [making, setMaking] = useState(false);
  useSettled(text, (settled) => note({ email: settled.trim(), page: '' }));
  const path = `/admin/users?${new URLSearchParams({ limit: String(SIZE), offset: String((page - 1) * SIZE), email })}`;
  /** @type {import('../../lib/load.js').Loaded<Api.List<Api.AdminUserItem>>} */
  const list = useLoad((signal) => asPerson('GET', path, undefined, { signal }), [path]);
  /** @type {import('../../components/table.js').Column<Api.AdminUserItem>[]} */
  const columns = [
    {
      title: t('name'),
      kind: 'main',
      show: (person) =>
        html`<div class="row nowrap"><${Avatar} text=${initials(person)} /><div class="grow"><a class="name break"
          href="#/admin/users/${person.id}">${nameOf(person)}</a><br /><span
          class="muted small break">${person.email}</span></div></div>`,
    },
    {
      title: t('status'),
      show: (person) =>
        html`<span class="row"><${Status} value=${person.status} />${person.is_platform_admin && html`<${Badge}
          kind="accent">${t('users.admin')}<//>`}</span>`,
    },
    { title: t('users.created'), show: (person) => html`<${Time} at=${person.created_at} as="date" />` },
    {
      title: t('profile.last_login'),
      show: (person) => html`<${Time} at=${person.last_login_at} as="ago" never=${t('never')} />`,
    },
  ];
  const empty = html`<${Empty} icon="search" title=${t('nothing_found')}
    text=${t('nothing_found_text', { text: email })} />`;
  return html`<${PageHead} title=${t('nav.users')} lead=${t('users.lead')}><${Button} kind="primary" icon="plus"
      onClick=${() => setMaking(true)}>${t('users.new')}<//><//>
    <div class="stack"><div class="row"><${Search} label=${t('users.search')} value=${text} onInput=${setText} /></div>
      <div class="card"><${Table} label=${t('nav.users')} columns=${columns} of=${list}
        keyOf=${(/** @type {Api.AdminUserItem} */ person) => person.id} empty=${empty} page=${page} size=${SIZE}
        onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div></div>
    ${making && html`<${NewUser} onClose=${() => setMaking(false)} onMade=${list.reload} />`}`;
}
