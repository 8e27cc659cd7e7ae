// Chooses what is on the screen: by address, and by who is signed in.
import { html, useEffect, useState } from '../lib/ui.js';
import { reachable, serverIsBack } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { match, place, replace } from '../lib/router.js';
import { state, tenants, user } from '../lib/session.js';
import { Toasts } from '../components/toast.js';
import { NotFound } from './not-found.js';
import { ROUTES } from './routes.js';

/** @typedef {() => Promise<{default: (props: any) => any}>} Load */

const loadInside = () => import('./inside.js');

/** Where somebody who signed in begins. */
function home() {
  if (tenants.value.length === 1) return `/o/${tenants.value[0].slug}`;
  return !tenants.value.length && user.value?.is_platform_admin ? '/admin' : '/organizations';
}

/** @type {Map<Load, (props: any) => any>} */
const loaded = new Map();

/** A component whose file is fetched when it first shows. @param {{load: Load, props: object}} props */
function Lazy({ load, props }) {
  const [, update] = useState(0);
  const Component = loaded.get(load);
  useEffect(() => {
    // What was not there when this was drawn may have come since: it has to be drawn again all the same.
    if (Component) return;
    // Without the server it waits for it. A browser that does not try a second time gets the whole page anew.
    const patiently = load().catch(() => serverIsBack().then(load));
    patiently.then(
      (module) => {
        loaded.set(load, module.default);
        update((count) => count + 1);
      },
      () => location.reload(),
    );
  }, [load]);
  return Component && html`<${Component} ...${props} />`;
}

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
  const isPublic = route?.who === 'anyone' || route?.who === 'stranger';
  // Who has to sign in first does so here, and then sees what the address says.
  if (!isPublic && state.value === 'anonymous')
    return html`<${Lazy} key="sign-in" load=${ROUTES[0].load} props=${{}} />`;
  const page = (/** @type {object} */ more) =>
    html`<${Lazy} key=${JSON.stringify([index, params[index]])} load=${route.load}
      props=${{ ...params[index], ...more }} />`;
  return isPublic
    ? page({})
    : html`<${Lazy} key="inside" load=${loadInside} props=${{ route, params: params[index], page }} />`;
}

export function App() {
  return html`<${Screen} /><${Toasts} />
    ${!reachable.value && html`<div class="banner fixed" role="alert">${t('unreachable.banner')}</div>`}`;
}
