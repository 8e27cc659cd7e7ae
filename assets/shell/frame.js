// The frame of everybody who is signed in: header, navigation, and the page in the middle.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { branding } from '../lib/branding.js';
import { t } from '../lib/i18n.js';
import { place } from '../lib/router.js';
import { acting, current, isAdmin } from '../lib/tenant.js';
import { Button } from '../components/basics.js';
import { Icon } from '../components/icon.js';
import { ActingBanner } from './acting-banner.js';
import { AccountMenu, EnvironmentMenu, OrganizationMenu } from './header.js';
import { Logo } from './preferences.js';

/** @typedef {'account' | 'admin' | 'tenant'} Area */
/** @typedef {[href: string, icon: import('../components/icon.js').IconName, text: string]} Link */

/** @param {Area} area @returns {{title: string, links: Link[]}} */
function navigation(area) {
  if (area === 'admin') {
    return {
      title: t('nav.platform'),
      links: [
        ['/admin', 'pulse', t('nav.dashboard')],
        ['/admin/organizations', 'building', t('nav.organizations')],
        ['/admin/users', 'members', t('nav.users')],
        ['/admin/configuration', 'sliders', t('nav.configuration')],
        ['/admin/plans', 'plan', t('nav.plans')],
        ['/admin/outbox', 'mail', t('nav.outbox')],
        ['/admin/service-keys', 'key', t('nav.service_keys')],
        ['/admin/audit', 'clock', t('nav.audit')],
        ['/admin/system', 'gear', t('nav.system')],
      ],
    };
  }
  const tenant = current.value;
  // On the way into an organization.
  if (area === 'tenant' && !tenant) return { title: '', links: [] };
  if (area === 'account' || !tenant) {
    return {
      title: t('nav.account'),
      links: [
        ['/organizations', 'building', t('nav.organizations')],
        ['/account', 'user', t('nav.profile')],
        ['/account/security', 'lock', t('nav.security')],
        ['/account/sessions', 'devices', t('nav.sessions')],
      ],
    };
  }
  const base = `/o/${tenant.slug}`;
  /** @type {(Link | false)[]} */
  const links = [
    [base, 'home', t('nav.overview')],
    [`${base}/members`, 'members', t('nav.members')],
    isAdmin(tenant.role) && [`${base}/invitations`, 'mail', t('nav.invitations')],
    [`${base}/usage`, 'chart', t('nav.usage')],
    [`${base}/plan`, 'plan', t('nav.plan')],
    [`${base}/configuration`, 'sliders', t('nav.configuration')],
    isAdmin(tenant.role) && [`${base}/storage`, 'storage', t('nav.storage')],
    isAdmin(tenant.role) && [`${base}/webhooks`, 'webhook', t('nav.webhooks')],
    isAdmin(tenant.role) && [`${base}/audit`, 'clock', t('nav.audit')],
    [`${base}/settings`, 'gear', t('nav.settings')],
  ];
  return { title: tenant.name, links: links.filter((link) => link !== false) };
}

/** @param {{area: Area}} props */
function Navigation({ area }) {
  const { title, links } = navigation(area);
  const { path } = place.value;
  const { support } = branding.value;
  // The longest address that the present one begins with: a detail belongs to its list.
  const here = links
    .map(([href]) => href)
    .filter((href) => path === href || path.startsWith(`${href}/`))
    .sort((a, b) => b.length - a.length)[0];
  return html`<nav class="nav" aria-label=${t('nav.label')}><p class="nav-title break">${title}</p>
    ${links.map(
      ([href, icon, text]) => html`<a key=${href} class="nav-link" href="#${href}"
      aria-current=${href === here ? 'page' : undefined}><${Icon} name=${icon} />${text}</a>`,
    )}</nav>
    ${
      area === 'tenant' &&
      support &&
      html`<p class="small muted nav-title">${t('support')} <a
      href="mailto:${support}">${support}</a></p>`
    }`;
}

/** The navigation on narrow screens. @param {{area: Area, onClose: () => void}} props */
function Drawer({ area, onClose }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const { path } = place.value;
  const opened = useRef(path);
  useEffect(() => {
    const [dialog, before] = [element.current, document.activeElement];
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  useEffect(() => {
    if (opened.current !== path) onClose();
  }, [path]);
  const outside = (/** @type {MouseEvent} */ event) => {
    if (event.target === element.current) onClose();
  };
  return html`<dialog class="drawer" ref=${element} aria-label=${t('nav.label')} onCancel=${onClose} onClick=${outside}>
    <div class="stack"><div class="row apart"><span class="brand"><${Logo} />TruePort</span><${Button} kind="plain"
      icon="cross" label=${t('close')} onClick=${onClose} /></div>
    <${Navigation} area=${area} /></div></dialog>`;
}

/** @param {{area: Area, children?: Children}} props */
export function Frame({ area, children }) {
  const [drawer, setDrawer] = useState(false);
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const { notice } = branding.value;
  const skip = (/** @type {MouseEvent} */ event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return html`<a class="skip" href="#main" onClick=${skip}>${t('skip')}</a>
    <header class="top">
      <span class="only-narrow"><${Button} kind="plain" icon="menu" label=${t('nav.open')}
        aria-expanded=${String(drawer)} onClick=${() => setDrawer(true)} /></span>
      <a class="brand" href="#/" aria-label="TruePort"><${Logo} /><span class="only-wide">TruePort</span></a>
      <span class="divider only-wide"></span>
      <${OrganizationMenu} area=${area} />
      ${area === 'tenant' && current.value && html`<${EnvironmentMenu} />`}
      <span class="grow"></span>
      <${AccountMenu} />
    </header>
    ${acting.value && html`<${ActingBanner} acting=${acting.value} />`}
    ${area === 'tenant' && notice && html`<div class="banner info" role="note">${notice}</div>`}
    <div class="frame">
      <aside class="side"><${Navigation} area=${area} /></aside>
      <main class="page" id="main" tabIndex=${-1} ref=${main}>${children}</main>
    </div>
    ${drawer && html`<${Drawer} area=${area} onClose=${() => setDrawer(false)} />`}`;
}
