// The menus of the header: which organization, which environment, and the person's own.
import { html } from '../lib/ui.js';
import { initials } from '../lib/format.js';
import { t, told } from '../lib/i18n.js';
import { go } from '../lib/router.js';
import { signOut, tenants, user } from '../lib/session.js';
import { current, switchEnvironment } from '../lib/tenant.js';
import { Avatar, Badge } from '../components/basics.js';
import { Icon } from '../components/icon.js';
import { Menu } from '../components/menu.js';
import { attempt, say } from '../components/toast.js';
import { preferenceItems } from './preferences.js';

/** Beyond so many the list of all organizations, with its search, is the better place. */
const SHORT = 12;

/** @param {{area: import('./frame.js').Area}} props */
export function OrganizationMenu({ area }) {
  const tenant = area === 'tenant' ? current.value : null;
  const name = tenant?.name ?? (area === 'admin' ? t('nav.platform') : t('switch.choose'));
  const items = tenants.value
    .slice(0, SHORT)
    .map((one) => ({ text: one.name, href: `#/o/${one.slug}`, checked: one.id === tenant?.id }));
  return html`<${Menu} start=${true} kind="plain switcher" label="${t('switch.organization')}: ${name}"
    button=${html`${
      tenant
        ? html`<${Avatar} square=${true}
      text=${[...tenant.name][0]?.toUpperCase()} />`
        : html`<${Icon}
      name=${area === 'admin' ? 'shield' : 'building'} />`
    }
      <span class="label">${name}</span><${Icon} name="down" size=${16} />`}
    title=${t('switch.organization')}
    items=${[
      ...items,
      items.length > 0 && '-',
      { text: t('organizations.all'), icon: 'building', href: '#/organizations' },
      { text: t('organizations.new'), icon: 'plus', href: '#/organizations/new' },
      user.value?.is_platform_admin && '-',
      user.value?.is_platform_admin && { text: t('nav.platform'), icon: 'shield', href: '#/admin' },
    ]} />`;
}

export function EnvironmentMenu() {
  const now = current.value?.environment ?? 'prod';
  const choose = (/** @type {Environment} */ environment) =>
    attempt(async () => {
      await switchEnvironment(environment);
      say(t('switch.environment_done', { name: told(`environment.${environment}`) }));
    });
  const items = /** @type {const} */ (['prod', 'staging', 'dev']).map((name) => ({
    text: told(`environment.${name}`),
    checked: name === now,
    act: () => choose(name),
  }));
  return html`<${Menu} start=${true} label="${t('switch.environment')}: ${told(`environment.${now}`)}" kind="plain"
    button=${html`<${Badge} kind=${now === 'prod' ? 'good' : 'warn'}>${told(`environment.${now}`)}<//><${Icon}
      name="down" size=${16} />`} title=${t('switch.environment')} items=${items} />`;
}

export function AccountMenu() {
  const person = user.value;
  if (!person) return null;
  const leave = () =>
    attempt(async () => {
      await signOut();
      go('/sign-in');
    });
  return html`<${Menu} label=${t('nav.account')} kind="plain icon" button=${html`<${Avatar}
    text=${initials(person)} />`}
    title=${html`<strong>${person.first_name} ${person.last_name}</strong><br />${person.email}`}
    items=${[
      { text: t('nav.profile'), icon: 'user', href: '#/account' },
      { text: t('nav.security'), icon: 'lock', href: '#/account/security' },
      { text: t('nav.sessions'), icon: 'devices', href: '#/account/sessions' },
      '-',
      ...preferenceItems(),
      '-',
      { text: t('sign_out'), icon: 'out', act: leave },
    ]} />`;
}
