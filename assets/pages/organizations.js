// The organizations of the person, to choose one.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { tenants, user } from '../lib/session.js';
import { Avatar, Empty, Note, RoleBadge, Status } from '../components/basics.js';
import { Icon } from '../components/icon.js';
import { Search } from '../components/fields.js';
import { PageHead } from '../components/head.js';

/** So many are shown without a search. */
const SHOWN = 100;

export default function Organizations() {
  const [text, setText] = useState('');
  const needle = text.trim().toLowerCase();
  const all = tenants.value;
  const found = all.filter((tenant) => `${tenant.name} ${tenant.slug}`.toLowerCase().includes(needle));
  const create = html`<a class="button primary" href="#/organizations/new"><${Icon} name="plus" />
    ${t('organizations.new')}</a>`;
  return html`<${PageHead} title=${t('organizations.title')} lead=${t('organizations.lead')}>
    ${all.length > 0 && create}<//>
    ${user.value && !user.value.email_verified_at && html`<div class="stack"><${Note}>
      ${t('organizations.unverified', { email: user.value.email })} <a href="#/forgot-password">${t('verify.other')}</a><//><span></span></div>`}
    ${
      all.length === 0
        ? html`<div class="card"><${Empty} icon="building" title=${t('organizations.none')}
          text=${t('organizations.none_text')}>${create}<//></div>`
        : html`<div class="stack">
      ${all.length > 6 && html`<${Search} label=${t('organizations.search')} value=${text} onInput=${setText} />`}
      <ul class="stack">${found.slice(0, SHOWN).map(
        (tenant) => html`<li key=${tenant.id}><a class="choice" href="#/o/${tenant.slug}">
        <${Avatar} square=${true} text=${[...tenant.name][0]?.toUpperCase()} />
        <span class="grow"><span class="strong break">${tenant.name}</span><br /><span class="muted small break">
          ${tenant.slug}</span></span>
        ${tenant.status === 'active' ? html`<${RoleBadge} role=${tenant.role} />` : html`<${Status}
          value=${tenant.status} />`}<${Icon} name="right" /></a></li>`,
      )}</ul>
      ${found.length === 0 && html`<p class="muted" role="status">${t('nothing_found')}</p>`}
      ${found.length > SHOWN && html`<p class="muted">${t('organizations.more', { count: found.length - SHOWN })}</p>`}
    </div>`
    }`;
}
