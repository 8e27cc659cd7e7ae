// What a platform admin can do with an account: the choices, and the question before each.
import { t } from '../../lib/i18n.js';
import { go } from '../../lib/router.js';
import { asPerson } from '../../lib/session.js';
import { ask } from '../../components/dialog.js';
import { attempt, say } from '../../components/toast.js';

/**
 * The items of a person's menu.
 * @param {Api.AdminUser} person
 * @param {{isSelf: boolean, reload: () => Promise<void>, onOwner: () => void}} more `onOwner` says why somebody who owns organizations stays
 * @returns {(import('../../components/menu.js').Item | '-' | false)[]}
 */
export function userActions(person, { isSelf, reload, onOwner }) {
  const name = nameOf(person);
  const path = `/admin/users/${encodeURIComponent(person.id)}`;
  const isActive = person.status === 'active';
  const isAdmin = person.is_platform_admin;
  /** @param {() => Promise<unknown>} act @param {string} done */
  const run = async (act, done) => {
    await act();
    await reload();
    say(done);
  };
  const change = (/** @type {object} */ body) => asPerson('PATCH', path, body);
  const post = (/** @type {string} */ what) => asPerson('POST', `${path}/${what}`);
  const unlock = () => attempt(() => run(() => post('unlock'), t('user.unlocked', { name })));
  const endSessions = () =>
    ask({
      title: t('user.ask_end', { name }),
      text: t('user.ask_end_text'),
      action: t('user.end_sessions'),
      danger: true,
      act: () => run(() => post('end-sessions'), t('user.ended', { name })),
    });
  const resetFactor = () =>
    ask({
      title: t('user.ask_factor', { name }),
      text: t('user.ask_factor_text'),
      action: t('user.factor_reset'),
      danger: true,
      act: () => run(() => post('reset-mfa'), t('user.factor_done', { name })),
    });
  const setDisabled = () =>
    ask({
      title: t(isActive ? 'user.ask_disable' : 'user.ask_enable', { name }),
      text: t(isActive ? 'user.ask_disable_text' : 'user.ask_enable_text'),
      action: t(isActive ? 'user.disable' : 'user.enable'),
      danger: isActive,
      act: () =>
        run(
          () => change({ status: isActive ? 'disabled' : 'active' }),
          t(isActive ? 'user.disabled' : 'user.enabled', { name }),
        ),
    });
  const setAdmin = () =>
    ask({
      title: t(isAdmin ? 'user.ask_demote' : 'user.ask_promote', { name }),
      text: t(isAdmin ? 'user.ask_demote_text' : 'user.ask_promote_text'),
      action: t(isAdmin ? 'user.demote' : 'user.promote'),
      danger: true,
      act: () =>
        run(() => change({ is_platform_admin: !isAdmin }), t(isAdmin ? 'user.demoted' : 'user.promoted', { name })),
    });
  const remove = () =>
    ask({
      title: t('user.ask_delete', { name }),
      text: t('user.ask_delete_text'),
      action: t('user.delete'),
      danger: true,
      typed: person.email,
      act: async () => {
        await asPerson('DELETE', path);
        say(t('user.deleted', { name }));
        go('/admin/users');
      },
    });
  return [
    { text: t('user.unlock'), icon: 'lock', act: unlock },
    person.sessions.length > 0 && { text: t('user.end_sessions'), icon: 'out', act: endSessions },
    person.factors.length > 0 && { text: t('user.factor_reset'), icon: 'shield', act: resetFactor },
    !isSelf && { text: t(isAdmin ? 'user.demote' : 'user.promote'), icon: 'star', act: setAdmin },
    !isSelf && '-',
    !isSelf && {
      text: t(isActive ? 'user.disable' : 'user.enable'),
      icon: isActive ? 'cross' : 'check',
      bad: isActive,
      act: setDisabled,
    },
    !isSelf && {
      text: t('user.delete'),
      icon: 'alert',
      bad: true,
      act: ownedBy(person).length ? onOwner : remove,
    },
  ];
}

/** @param {{first_name: string, last_name: string}} person */
export const nameOf = ({ first_name: first, last_name: last }) => [first, last].filter(Boolean).join(' ');

/** Organizations that keep somebody from being deleted. @param {Api.AdminUser} person */
export const ownedBy = (person) =>
  person.memberships.filter(({ role, status }) => role === 'owner' && status !== 'archived');
