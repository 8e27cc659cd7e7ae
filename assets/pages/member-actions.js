// What can be done with a member of an organization.
import { t } from '../lib/i18n.js';
import { asMember, renewTenant } from '../lib/tenant.js';
import { ask } from '../components/dialog.js';
import { attempt, say } from '../components/toast.js';

/** @typedef {import('../components/menu.js').Item} Item */

/** @param {Api.Member} member */
export const nameOf = (member) => `${member.first_name} ${member.last_name}`;

/** @param {Api.Member} member @param {{role?: string, status?: string}} change */
export const changeMember = (member, change) => asMember('PATCH', `/service/members/${member.user_id}`, change);

/**
 * The menu of a member, for who manages members.
 * @param {Api.Member} member
 * @param {import('../lib/tenant.js').Current} tenant
 * @param {{reload: () => Promise<void>, changeRole: (member: Api.Member) => void}} list
 * @returns {(Item | '-' | false)[]}
 */
export function memberItems(member, tenant, { reload, changeRole }) {
  const name = nameOf(member);
  const isDisabled = member.status === 'disabled';
  const setStatus = async (/** @type {string} */ status) => {
    await changeMember(member, { status });
    await reload();
    say(t(status === 'active' ? 'members.enabled' : 'members.disabled', { name }));
  };
  const disable = () =>
    ask({
      title: t('members.ask_disable', { name }),
      text: t('members.ask_disable_text'),
      action: t('members.disable'),
      danger: true,
      act: () => setStatus('disabled'),
    });
  return [
    { text: t('members.change_role'), icon: 'shield', act: () => changeRole(member) },
    isDisabled
      ? { text: t('members.enable'), icon: 'check', act: () => attempt(() => setStatus('active')) }
      : { text: t('members.disable'), icon: 'lock', act: disable },
    tenant.role === 'owner' &&
      !isDisabled && { text: t('members.transfer'), icon: 'star', act: () => askTransfer(member, tenant, reload) },
    '-',
    { text: t('members.remove'), icon: 'cross', bad: true, act: () => askRemove(member, tenant, reload) },
  ];
}

/** @param {Api.Member} member @param {import('../lib/tenant.js').Current} tenant @param {() => Promise<void>} reload */
function askTransfer(member, tenant, reload) {
  const name = nameOf(member);
  ask({
    title: t('members.ask_transfer', { name }),
    text: t('members.ask_transfer_text', { tenant: tenant.name }),
    action: t('members.transfer'),
    danger: true,
    typed: tenant.slug,
    act: async () => {
      await asMember('POST', '/service/ownership-transfer', { user_id: member.user_id });
      await Promise.all([reload(), renewTenant()]);
      say(t('members.transferred', { name }));
    },
  });
}

/** @param {Api.Member} member @param {import('../lib/tenant.js').Current} tenant @param {() => Promise<void>} reload */
function askRemove(member, tenant, reload) {
  const name = nameOf(member);
  ask({
    title: t('members.ask_remove', { name }),
    text: t('members.ask_remove_text', { tenant: tenant.name }),
    action: t('members.remove'),
    danger: true,
    act: async () => {
      await asMember('DELETE', `/service/members/${member.user_id}`);
      await reload();
      say(t('members.removed', { name }));
    },
  });
}
