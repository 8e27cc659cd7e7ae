// Everything that only who is signed in gets to see; fetched when somebody is.
import { html } from '../lib/ui.js';
import { user } from '../lib/session.js';
import { isAdmin } from '../lib/tenant.js';
import { Questions } from '../components/dialog.js';
import { Frame } from './frame.js';
import { Gate } from './gate.js';
import { NotFound } from './not-found.js';

/** @typedef {import('../lib/tenant.js').Current} Current */

/** @param {{route: import('./routes.js').Route, params: Record<string, string>, page: (more: object) => Children}} props */
export default function Inside({ route, params, page }) {
  return html`<${Area} route=${route} params=${params} page=${page} /><${Questions} />`;
}

/** @param {{route: import('./routes.js').Route, params: Record<string, string>, page: (more: object) => Children}} props */
function Area({ route, params, page }) {
  const hidden = html`<${NotFound} inside=${true} />`;
  if (route.who === 'member') {
    // Another environment is another page: what the one before showed is not true there.
    const inTenant = (/** @type {Current} */ tenant) => html`<${Frame} area="tenant">
      ${
        route.manages && !isAdmin(tenant.role)
          ? hidden
          : html`<div key=${tenant.id + tenant.environment}>
        ${page({ tenant })}</div>`
      }<//>`;
    return html`<${Gate} key=${params.slug} slug=${params.slug}>${inTenant}<//>`;
  }
  const isHidden = route.who === 'admin' && !user.value?.is_platform_admin;
  return html`<${Frame} area=${route.who === 'admin' && !isHidden ? 'admin' : 'account'}>
    ${isHidden ? hidden : page({})}<//>`;
}
