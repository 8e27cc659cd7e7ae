// The members of an organization.
import { html, useState } from '../lib/ui.js';
import { initials } from '../lib/format.js';
import { useForm } from '../lib/form.js';
import { t, told } from '../lib/i18n.js';
import { useLoad, useSettled } from '../lib/load.js';
import { note, place } from '../lib/router.js';
import { user } from '../lib/session.js';
import { asMember, isAdmin, listAsMember, renewTenant } from '../lib/tenant.js';
import { Avatar, Badge, Button, Empty, RoleBadge, Status, Time } from '../components/basics.js';
import { Dialog, ask } from '../components/dialog.js';
import { FormOf, Search, Select } from '../components/fields.js';
import { Icon } from '../components/icon.js';
import { RowMenu } from '../components/menu.js';
import { PageHead } from '../components/head.js';
import { Table } from '../components/table.js';
import { attempt, say } from '../components/toast.js';

const SIZE = 25;

/** @param {Api.Member} member */
const nameOf = (member) => `${member.first_name} ${member.last_name}`;

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
  const page = Number(query.get('page') ?? 1);
  useSettled(text, (settled) => note({ q: settled.trim(), page: '' }));
  const path = `/service/members?${new URLSearchParams({ limit: String(SIZE), offset: String((page - 1) * SIZE), q })}`;
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.Member>>} */
  const list = useLoad((signal) => listAsMember(path, signal), [path]);
  const [changing, setChanging] = useState(/** @type {Api.Member | null} */ (null));

  /** @param {Api.Member} member @param {object} change @param {string} done */
  const change = async (member, change, done) => {
    await asMember('PATCH', `/service/members/${member.user_id}`, change);
    await list.reload();
    say(done);
  };
  /** @param {Api.Member} member */
  const items = (member) => {
    const name = nameOf(member);
    const remove = async () => {
      await asMember('DELETE', `/service/members/${member.user_id}`);
      await list.reload();
      say(t('members.removed', { name }));
    };
    const transfer = async () => {
      await asMember('POST', '/service/ownership-transfer', { user_id: member.user_id });
      await Promise.all([list.reload(), renewTenant()]);
      say(t('members.transferred', { name }));
    };
    const isDisabled = member.status === 'disabled';
    return [
      { text: t('members.change_role'), icon: /** @type {const} */ ('shield'), act: () => setChanging(member) },
      isDisabled
        ? {
            text: t('members.enable'),
            icon: /** @type {const} */ ('check'),
            act: () => attempt(() => change(member, { status: 'active' }, t('members.enabled', { name }))),
          }
        : {
            text: t('members.disable'),
            icon: /** @type {const} */ ('lock'),
            act: () =>
              ask({
                title: t('members.ask_disable', { name }),
                text: t('members.ask_disable_text'),
                action: t('members.disable'),
                danger: true,
                act: () => change(member, { status: 'disabled' }, t('members.disabled', { name })),
              }),
          },
      tenant.role === 'owner' &&
        !isDisabled && {
          text: t('members.transfer'),
          icon: /** @type {const} */ ('star'),
          act: () =>
            ask({
              title: t('members.ask_transfer', { name }),
              text: t('members.ask_transfer_text', { tenant: tenant.name }),
              action: t('members.transfer'),
              danger: true,
              typed: tenant.slug,
              act: transfer,
            }),
        },
      /** @type {const} */ ('-'),
      {
        text: t('members.remove'),
        icon: /** @type {const} */ ('cross'),
        bad: true,
        act: () =>
          ask({
            title: t('members.ask_remove', { name }),
            text: t('members.ask_remove_text', { tenant: tenant.name }),
            action: t('members.remove'),
            danger: true,
            act: remove,
          }),
      },
    ];
  };
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
        html`<${RowMenu} label=${t('members.menu', { name: nameOf(member) })} items=${items(member)} />`,
    });
  }
  const empty = html`<${Empty} icon="search" title=${t('nothing_found')}
    text=${t('nothing_found_text', { text: q })} />`;
  return html`<${PageHead} title=${t('nav.members')} lead=${t('members.lead')}>
      ${isAdmin(tenant.role) && html`<a class="button primary" href="#/o/${tenant.slug}/invitations"><${Icon}
        name="plus" />${t('invitations.action')}</a>`}<//>
    <div class="stack"><div class="row"><${Search} label=${t('members.search')} value=${text} onInput=${setText} />
      </div>
      <div class="card"><${Table} label=${t('nav.members')} columns=${columns} of=${list}
        keyOf=${(/** @type {Api.Member} */ member) => member.id} empty=${empty} page=${page} size=${SIZE}
        onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div></div>
    ${changing && html`<${ChangeRole} member=${changing} onClose=${() => setChanging(null)}
      save=${(/** @type {string} */ role) => change(changing, { role }, t('members.role_changed', { name: nameOf(changing), role: told(`role.${role}`) }))} />`}`;
}

/** @param {{member: Api.Member, onClose: () => void, save: (role: string) => Promise<void>}} props */
function ChangeRole({ member, onClose, save }) {
  const form = useForm({ role: /** @type {string} */ (member.role) }, async ({ role }) => {
    await save(role);
    onClose();
  });
  return html`<${Dialog} title=${t('members.role_of', { name: nameOf(member) })} onClose=${onClose}><${FormOf}
    form=${form}>
    <${Select} form=${form} name="role" label=${t('role')} options=${roleOptions()} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
      busy=${form.busy}>${t('save')}<//></div><//><//>`;
}
