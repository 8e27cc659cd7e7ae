// One account, for platform admins.
import { html } from '../../lib/ui.js';
import { describeAgent } from '../../lib/agent.js';
import { t } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { asPerson, user } from '../../lib/session.js';
import { Badge, Button, Card, Copy, Loaded, RoleBadge, Status, Time } from '../../components/basics.js';
import { ask } from '../../components/dialog.js';
import { PageHead } from '../../components/head.js';
import { attempt, say } from '../../components/toast.js';

/** @param {{id: string}} props */
export default function UserDetail({ id }) {
  const path = `/admin/users/${encodeURIComponent(id)}`;
  /** @type {import('../../lib/load.js').Loaded<Api.AdminUser>} */
  const found = useLoad((signal) => asPerson('GET', path, undefined, { signal }), [path]);
  const data = found.data;
  const name = data ? `${data.first_name} ${data.last_name}` : '';
  /** @param {object} change @param {string} done */
  const change = async (change, done) => {
    await asPerson('PATCH', path, change);
    await found.reload();
    say(done);
  };
  const endSessions = () =>
    ask({
      title: t('user.ask_end', { name }),
      text: t('user.ask_end_text'),
      action: t('user.end_sessions'),
      danger: true,
      act: async () => {
        await asPerson('POST', `${path}/end-sessions`);
        await found.reload();
        say(t('user.ended', { name }));
      },
    });
  const unlock = () =>
    attempt(async () => {
      await asPerson('POST', `${path}/unlock`);
      say(t('user.unlocked', { name }));
    });
  const setDisabled = (/** @type {boolean} */ disabled) =>
    ask({
      title: t(disabled ? 'user.ask_disable' : 'user.ask_enable', { name }),
      text: t(disabled ? 'user.ask_disable_text' : 'user.ask_enable_text'),
      action: t(disabled ? 'user.disable' : 'user.enable'),
      danger: disabled,
      act: () =>
        change({ status: disabled ? 'disabled' : 'active' }, t(disabled ? 'user.disabled' : 'user.enabled', { name })),
    });
  const setAdmin = (/** @type {boolean} */ admin) =>
    ask({
      title: t(admin ? 'user.ask_promote' : 'user.ask_demote', { name }),
      text: t(admin ? 'user.ask_promote_text' : 'user.ask_demote_text'),
      action: t(admin ? 'user.promote' : 'user.demote'),
      danger: true,
      act: () => change({ is_platform_admin: admin }, t(admin ? 'user.promoted' : 'user.demoted', { name })),
    });
  const isSelf = data?.id === user.value?.id;
  return html`<${PageHead} title=${name || t('user')} lead=${data?.email} back=${['#/admin/users', t('nav.users')]}>
      ${
        data &&
        html`<${Button} onClick=${unlock}>${t('user.unlock')}<//>
        ${
          !isSelf &&
          html`<${Button} onClick=${() => setAdmin(!data.is_platform_admin)}>
            ${t(data.is_platform_admin ? 'user.demote' : 'user.promote')}<//>
          <${Button} kind=${data.status === 'active' ? 'plain bad' : 'primary'}
            onClick=${() => setDisabled(data.status === 'active')}>
            ${t(data.status === 'active' ? 'user.disable' : 'user.enable')}<//>`
        }`
      }<//>
    <${Loaded} of=${found} lines=${8}>${(/** @type {Api.AdminUser} */ person) => html`<div class="stack wide">
      <div class="grid two">
        <${Card} title=${t('nav.account')}><dl class="facts">
          <dt>${t('status')}</dt><dd class="row"><${Status} value=${person.status} />
            ${person.is_platform_admin && html`<${Badge} kind="accent">${t('users.admin')}<//>`}</dd>
          <dt>${t('email')}</dt><dd>${person.email}</dd>
          <dt>${t('user.verified')}</dt><dd><${Time} at=${person.email_verified_at} never=${t('never')} /></dd>
          <dt>${t('users.created')}</dt><dd><${Time} at=${person.created_at} /></dd>
          <dt>${t('profile.last_login')}</dt><dd><${Time} at=${person.last_login_at} never=${t('never')} /></dd>
          <dt>${t('id')}</dt><dd class="row nowrap"><code>${person.id}</code><${Copy} text=${person.id}
            label=${t('copy_id')} /></dd></dl><//>
        <${Card} title=${t('nav.organizations')} body=${false}>${
          person.memberships.length
            ? html`<ul>${person.memberships.map(
                (tenant) => html`<li class="setting" key=${tenant.id}>
          <a href="#/admin/organizations/${tenant.id}" class="break">${tenant.name}</a><span class="row end">
            <${RoleBadge} role=${tenant.role} />${tenant.status !== 'active' && html`<${Status}
            value=${tenant.status} />`}</span></li>`,
              )}</ul>`
            : html`<p class="body muted">${t('user.no_organizations')}</p>`
        }<//>
      </div>
      <${Card} title=${t('nav.sessions')} body=${false} actions=${person.sessions.length > 0 && html`<${Button}
        icon="out" onClick=${endSessions}>${t('user.end_sessions')}<//>`}>
        ${
          person.sessions.length
            ? html`<ul>${person.sessions.map(
                (
                  session,
                ) => html`<li class="setting" key=${session.id}><div><p class="strong">
                  ${describeAgent(session.user_agent, t('sessions.unknown'))}</p><p class="muted small">
                  ${session.address}</p></div>
          <p class="muted small">${t('sessions.used')} <${Time} at=${session.last_used_at} as="ago" /></p></li>`,
              )}</ul>`
            : html`<p class="body muted">${t('user.no_sessions')}</p>`
        }<//>
    </div>`}<//>`;
}
