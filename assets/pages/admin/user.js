// One account, for platform admins.
import { html, useState } from '../../lib/ui.js';
import { describeAgent } from '../../lib/agent.js';
import { t } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { asPerson, user } from '../../lib/session.js';
import { Badge, Button, Card, Copy, Loaded, RoleBadge, Status, Time } from '../../components/basics.js';
import { Dialog } from '../../components/dialog.js';
import { PageHead } from '../../components/head.js';
import { Icon } from '../../components/icon.js';
import { Menu } from '../../components/menu.js';
import { ActDialog, whereToAct } from './act-dialog.js';
import { nameOf, ownedBy, userActions } from './user-actions.js';

/** @param {{id: string}} props */
export default function UserDetail({ id }) {
  const path = `/admin/users/${encodeURIComponent(id)}`;
  /** @type {import('../../lib/load.js').Loaded<Api.AdminUser>} */
  const found = useLoad((signal) => asPerson('GET', path, undefined, { signal }), [path]);
  const [doing, setDoing] = useState(/** @type {'act' | 'owner' | null} */ (null));
  const { data } = found;
  const name = data ? nameOf(data) : '';
  const isSelf = data?.id === user.value?.id;
  const close = () => setDoing(null);
  return html`<${PageHead} title=${name || t('user')} lead=${data?.email} back=${['#/admin/users', t('nav.users')]}>
      ${
        data &&
        html`${whereToAct(data).length > 0 && html`<${Button} icon="user" onClick=${() => setDoing('act')}>
          ${t('acting.action')}<//>`}
        <${Menu} label=${t('user.menu', { name })} kind="" button=${html`${t('actions')}<${Icon} name="down" size=${16} />`}
          items=${userActions(data, { isSelf, reload: found.reload, onOwner: () => setDoing('owner') })} />`
      }<//>
    ${data && doing === 'act' && html`<${ActDialog} person=${data} onClose=${close} />`}
    ${data && doing === 'owner' && html`<${Owner} person=${data} onClose=${close} />`}
    <${Loaded} of=${found} lines=${8}>${(/** @type {Api.AdminUser} */ person) => html`<div class="stack wide">
      <div class="grid two">
        <${Card} title=${t('nav.account')}><dl class="facts">
          <dt>${t('status')}</dt><dd class="row"><${Status} value=${person.status} />
            ${person.is_platform_admin && html`<${Badge} kind="accent">${t('users.admin')}<//>`}</dd>
          <dt>${t('email')}</dt><dd>${person.email}</dd>
          <dt>${t('user.verified')}</dt><dd><${Time} at=${person.email_verified_at} never=${t('never')} /></dd>
          <dt>${t('users.created')}</dt><dd><${Time} at=${person.created_at} /></dd>
          <dt>${t('profile.last_login')}</dt><dd><${Time} at=${person.last_login_at} never=${t('never')} /></dd>
          <dt>${t('factor.title')}</dt><dd>${
            person.factors.length
              ? html`${t('factor.since')} <${Time} at=${person.factors[0].created_at} as="date" />`
              : html`<span class="muted">${t('user.no_factor')}</span>`
          }</dd>
          <dt>${t('id')}</dt><dd class="row nowrap"><code>${person.id}</code><${Copy} text=${person.id}
            label=${t('copy_id')} /></dd></dl><//>
        <${Card} title=${t('nav.organizations')} body=${false}>${
          person.memberships.length
            ? html`<ul>${person.memberships.map(
                (tenant) => html`<li class="setting short" key=${tenant.id}>
          <a href="#/admin/organizations/${tenant.id}" class="break">${tenant.name}</a><span class="row end">
            <${RoleBadge} role=${tenant.role} />${tenant.status !== 'active' && html`<${Status}
            value=${tenant.status} />`}</span></li>`,
              )}</ul>`
            : html`<p class="body muted">${t('user.no_organizations')}</p>`
        }<//>
      </div>
      <${Card} title=${t('nav.sessions')} body=${false}>
        ${
          person.sessions.length
            ? html`<ul>${person.sessions.map(
                (
                  session,
                ) => html`<li class="setting short" key=${session.id}><div><p class="strong">
                  ${describeAgent(session.user_agent, t('sessions.unknown'))}</p><p class="muted small">
                  ${session.address}</p></div>
          <p class="muted small">${t('sessions.used')} <${Time} at=${session.last_used_at} as="ago" /></p></li>`,
              )}</ul>`
            : html`<p class="body muted">${t('user.no_sessions')}</p>`
        }<//>
      <${Card} title=${t('nav.audit')} body=${false} actions=${html`<a class="button"
        href="#/admin/audit?actor=${person.id}">${t('user.audit_by')}</a><a class="button"
        href="#/admin/audit?target=user:${person.id}">${t('user.audit_to')}</a>`} />
    </div>`}<//>`;
}

/** Why somebody cannot be deleted yet, and what to do first. @param {{person: Api.AdminUser, onClose: () => void}} props */
const Owner = ({ person, onClose }) => html`<${Dialog} title=${t('user.owns', { name: nameOf(person) })}
  onClose=${onClose}><p>${t('user.owns_text')}</p>
  <ul class="card">${ownedBy(person).map(
    (tenant) => html`<li class="setting short" key=${tenant.id}><a class="break" href="#/admin/organizations/${tenant.id}">
    ${tenant.name}</a><span class="row end"><${Status} value=${tenant.status} /></span></li>`,
  )}</ul>
  <div class="foot"><${Button} kind="primary" onClick=${onClose}>${t('close')}<//></div><//>`;
