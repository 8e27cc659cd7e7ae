// Chooses what is on the screen: by address, by who is signed in, by what they may see.
import { html, useEffect, useState } from '../lib/ui.js';
import { reachable } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { match, place, replace } from '../lib/router.js';
import { state, tenants, user } from '../lib/session.js';
import { isAdmin } from '../lib/tenant.js';
import { Questions } from '../components/dialog.js';
import { Toasts } from '../components/toast.js';
import { Frame } from './frame.js';
import { Gate } from './gate.js';
import { NotFound } from './not-found.js';
import { ROUTES } from './routes.js';

/** @typedef {import('./routes.js').Route} Route */

/** Where somebody who signed in begins. */
export function home() {
  if (tenants.value.length === 1) return `/o/${tenants.value[0].slug}`;
  return !tenants.value.length && user.value?.is_platform_admin ? '/admin' : '/organizations';
}

/** @type {Map<Route, (props: any) => any>} */
const pages = new Map();

/** @param {Route} route @returns {((props: any) => any) | undefined} the page, once its file is here */
function usePage(route) {
  const [, update] = useState(0);
  useEffect(() => {
    if (pages.has(route)) return;
    route.load().then((module) => {
      pages.set(route, module.default);
      update((count) => count + 1);
    }, () => location.reload());
  }, [route]);
  return pages.get(route);
}

/** @param {{route: Route, props: Record<string, unknown>}} props */
function Lazy({ route, props }) {
  const Page = usePage(route);
  return Page && html`<${Page} ...${props} />`;
}

/** @type {Route} */
const SIGN_IN = ROUTES[0];

function Screen() {
  const { path } = place.value;
  const params = ROUTES.map((route) => match(route.path, path));
  const index = params.findIndex(Boolean);
  const route = ROUTES[index];
  const toHome = state.value === 'signed-in' && (path === '/' || route?.who === 'stranger');
  useEffect(() => {
    if (toHome) replace(home());
  });
  if (toHome) return null;
  if (!route && path !== '/') return html`<${NotFound} />`;
  if (state.value === 'starting' && route?.who !== 'anyone') return null;
  // Who has to sign in first does so here, and then sees what the address says.
  const isHidden = !route || (state.value === 'anonymous' && !['anyone', 'stranger'].includes(route.who));
  if (isHidden) return html`<${Lazy} key="sign-in" route=${SIGN_IN} props=${{}} />`;
  const key = JSON.stringify([index, params[index]]);
  const page = (/** @type {object} */ more) => html`<${Lazy} key=${key} route=${route} props=${{ ...params[index], ...more }} />`;
  if (route.who === 'person') return html`<${Frame} area="account">${page({})}<//>`;
  if (route.who === 'admin') {
    return html`<${Frame} area="admin">${user.value?.is_platform_admin ? page({}) : html`<${NotFound} inside=${true} />`}<//>`;
  }
  if (route.who === 'member') {
    return html`<${Gate} slug=${params[index]?.slug}>${(/** @type {import('../lib/tenant.js').Current} */ tenant) => html`<${Frame} area="tenant">
      ${route.manages && !isAdmin(tenant.role) ? html`<${NotFound} inside=${true} />` : html`<div key=${tenant.id + tenant.environment}>${page({ tenant })}</div>`}<//>`}<//>`;
  }
  return page({});
}

export function App() {
  return html`<${Screen} /><${Questions} /><${Toasts} />
    ${!reachable.value && html`<div class="banner fixed" role="alert"><span class="spinner"></span>${t('unreachable.banner')}</div>`}`;
}
