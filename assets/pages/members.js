// The members of an organization.
import { html, useState } from '../lib/ui.js';
import { initials } from '../lib/format.js';
import { useForm } from '../lib/form.js';
import { t, told } from '../lib/i18n.js';
import { useLoad, useSettled } from '../lib/load.js';
import { note, pageOf, place } from '../lib/router.js';
import { user } from '../lib/session.js';
import { isAdmin, listAsMember } from '../lib/tenant.js';
import { Avatar, Badge, Button, Empty, RoleBadge, Status, Time } from '../components/basics.js';
import { Dialog } from '../components/dialog.js';
import { FormOf, Search, Select } from '../components/fields.js';
import { Icon } from '../components/icon.js';
import { RowMenu } from '../components/menu.js';
import { PageHead } from '../components/head.js';
import { Table } from '../components/table.js';
import { say } from '../components/toast.js';
import { changeMember, memberItems, nameOf } from './member-actions.js';

const SIZE = 25;

/** The roles that can be given, with what they may do. */
export const roleOptions = () =>
  /** @type {[string, string][]} */ (
    ['admin', 'member', 'viewer'].map((role) => [role, `${told(`role.${role}`)} – ${told(`role.${role}.text`)}`])
  );

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function Members({ tenant }) {
  const { query } = place.value;
  const [text, setText] = useState(query.get('q') ?? '');
  const q = query.get('q') ?? '';
  const page = pageOf(query);
  useSettled(text, (settled) => note({ q: settled.trim(), page: '' }));
  const path = `/service/members?${new URLSearchParams({ limit: String(SIZE), offset: String((page - 1) * SIZE), q })}`;
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.Member>>} */
  const list = useLoad((signal) => listAsMember(path, signal), [path]);
  const [changing, setChanging] = useState(/** @type {Api.Member | null} */ (null));

  /** @type {import('../components/table.js').Column<Api.Member>[]} */
  const columns = [
    {
      title: t('name'),
      kind: 'main',
      show: (member) =>
        html`<div class="row nowrap"><${Avatar} text=${initials(member)} /><div class="grow"><span class="strong break">
          ${nameOf(member)}</span> ${member.user_id === user.value?.id && html`<${Badge}>${t('members.you')}<//>`}<br />
          <span class="muted small break">${member.email}</span></div></div>`,
    },
    { title: t('role'), show: (member) => html`<${RoleBadge} role=${member.role} />` },
    { title: t('status'), show: (member) => html`<${Status} value=${member.status} />` },
    { title: t('members.joined'), show: (member) => html`<${Time} at=${member.joined_at} as="date" />` },
  ];
  if (isAdmin(tenant.role)) {
    columns.push({
      title: t('actions'),
      kind: 'actions corner',
      show: (member) =>
        member.role !== 'owner' &&
        member.user_id !== user.value?.id &&
        html`<${RowMenu} label=${t('members.menu', { name: nameOf(member) })}
          items=${memberItems(member, tenant, { reload: list.reload, changeRole: setChanging })} />`,
    });
  }
  const empty = html`<${Empty} icon="search" title=${t('nothing_found')}
    text=${t('nothing_found_text', { text: q })} />`;
  return html`<${PageHead} title=${t('nav.members')} lead=${t('members.lead')}>
      ${
        isAdmin(tenant.role) &&
        html`<a class="button primary" href="#/o/${tenant.slug}/invitations?invite=yes"><${Icon}
        name="plus" />${t('invitations.action')}</a>`
      }<//>
    <div class="stack"><div class="row"><${Search} label=${t('members.search')} value=${text} onInput=${setText} />
      </div>
      <div class="card"><${Table} label=${t('nav.members')} columns=${columns} of=${list}
        keyOf=${(/** @type {Api.Member} */ member) => member.id} empty=${empty} page=${page} size=${SIZE}
        onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div></div>
    ${
      changing &&
      html`<${ChangeRole} member=${changing} onClose=${() => setChanging(null)}
      onDone=${list.reload} />`
    }`;
}

/** @param {{member: Api.Member, onClose: () => void, onDone: () => Promise<void>}} props */
function ChangeRole({ member, onClose, onDone }) {
  const form = useForm({ role: /** @type {string} */ (member.role) }, async ({ role }) => {
    await changeMember(member, { role });
    await onDone();
    say(t('members.role_changed', { name: nameOf(member), role: told(`role.${role}`) }));
    onClose();
  });
  return html`<${Dialog} title=${t('members.role_of', { name: nameOf(member) })} onClose=${onClose}><${FormOf}
    form=${form}>
    <${Select} form=${form} name="role" label=${t('role')} options=${roleOptions()} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
      busy=${form.busy}>${t('save')}<//></div><//><//>`;
}
