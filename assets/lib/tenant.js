// The organization that a tab works in: its token, the role the person has there, the environment.
import { batch, signal } from './ui.js';
import { Problem, send } from './http.js';
import { EARLY, asPerson, leadToFactor, reloadTenants, tenants, whenSignedOut } from './session.js';

/**
 * @typedef {object} Current
 * @property {string} id
 * @property {string} slug
 * @property {string} name
 * @property {Role} role
 * @property {Environment} environment
 */

/** @type {import('../vendor/signals.js').Signal<Current | null>} */
export const current = signal(null);
/** @type {import('../vendor/signals.js').Signal<string | null>} Why the organization closed while somebody worked in it. */
export const shut = signal(null);

/**
 * A platform admin acts for somebody here, by a token that is not renewed.
 * @typedef {object} Acting
 * @property {string} id whom for
 * @property {string} name
 * @property {number} until milliseconds
 */
/** @type {import('../vendor/signals.js').Signal<Acting | null>} */
export const acting = signal(null);

/** @type {{text: string, until: number} | null} */
let scoped = null;
/** @type {{id: string, done: Promise<void>} | null} */
let entering = null;

whenSignedOut(leave);

/** Forgets the organization. */
export function leave() {
  scoped = null;
  entering = null;
  current.value = null;
  shut.value = null;
  acting.value = null;
}

/** @param {Api.Tokens} tokens */
function take(tokens) {
  scoped = { text: tokens.access_token, until: Date.now() + tokens.expires_in * 1000 - EARLY };
}

/** @param {string} id @returns {Environment} what this tab last worked in */
function lastEnvironment(id) {
  return /** @type {Environment} */ (sessionStorage.getItem(`trueport.environment.${id}`) ?? 'prod');
}

/**
 * Gets a token for the organization, in the environment the tab was in.
 * @param {Api.Tenant} tenant
 */
function enter(tenant) {
  if (entering?.id !== tenant.id) {
    const mine = { id: tenant.id, done: Promise.resolve() };
    // Who clicks on another one meanwhile wants that one.
    mine.done = select(tenant, () => entering === mine).finally(() => {
      if (entering === mine) entering = null;
    });
    entering = mine;
  }
  return entering.done;
}

/** @param {Api.Tenant} tenant @param {() => boolean} isWanted */
async function select(tenant, isWanted) {
  /** @type {Api.TenantToken} */
  const selected = await asPerson('POST', '/global/auth/select-tenant', { tenant_id: tenant.id });
  /** @type {Api.Tokens} */
  let tokens = selected;
  let { environment } = selected;
  const wanted = lastEnvironment(tenant.id);
  if (wanted !== environment) {
    const body = { environment: wanted };
    const token = selected.access_token;
    tokens = (await send('POST', '/service/auth/switch-environment', { body, token })).data;
    environment = wanted;
  }
  if (!isWanted()) return;
  take(tokens);
  current.value = { id: tenant.id, slug: tenant.slug, name: tenant.name, role: selected.role, environment };
}

/**
 * Works in the organization of this slug from now on.
 * @param {string} slug
 */
export async function open(slug) {
  const tenant = tenants.value.find((one) => one.slug === slug);
  if (!tenant)
    throw new Problem({ status: 403, code: 'not_a_member', detail: 'You are not a member of this organization.' });
  leave();
  await enter(tenant);
}

/**
 * Works in an organization as one of its members, by the token that a platform admin got for it. What its owner alone may do
 * stays closed, so an owner is shown what an admin is.
 * @param {Api.TenantToken} tokens
 * @param {{id: string, slug: string, name: string}} tenant
 * @param {{id: string, name: string}} person
 */
export function act(tokens, { id, slug, name }, person) {
  leave();
  take(tokens);
  batch(() => {
    acting.value = { ...person, until: Date.now() + tokens.expires_in * 1000 };
    const role = tokens.role === 'owner' ? 'admin' : tokens.role;
    current.value = { id, slug, name, role, environment: tokens.environment };
  });
}

/** @param {Environment} environment */
export async function switchEnvironment(environment) {
  const now = current.value;
  if (!now) return;
  take(await asMember('POST', '/service/auth/switch-environment', { environment }));
  // Where somebody else was helped is not where one worked.
  if (!acting.value) sessionStorage.setItem(`trueport.environment.${now.id}`, environment);
  current.value = { ...now, environment };
}

/** Gets token, role and name again, after something changed about them. */
export async function renewTenant() {
  if (acting.value) return;
  await reloadTenants();
  const tenant = tenants.value.find((one) => one.id === current.value?.id);
  if (tenant) await enter(tenant);
}

/**
 * A request in the organization.
 * @param {Method} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {import('./http.js').Options} [options]
 */
export async function asMember(method, path, body, options) {
  return (await exchange(method, path, body, options)).data;
}

/**
 * A list of the organization that comes with its length in a header.
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<Api.List<any>>}
 */
export async function listAsMember(path, signal) {
  const { data, headers } = await exchange('GET', path, undefined, { signal });
  return { items: data, total: Number(headers.get('x-total-count')) };
}

/**
 * @param {Method} method
 * @param {string} path
 * @param {unknown} body
 * @param {import('./http.js').Options} [options]
 */
async function exchange(method, path, body, options) {
  const meant = current.value;
  const attempt = async () => {
    // Who acts for somebody never goes on as themselves.
    const tenant = acting.value ? undefined : tenants.value.find((one) => one.id === meant?.id);
    // Not for who has gone on to another organization: then the token is of that one, and the server refuses.
    const isHere = current.value?.id === meant?.id;
    if (tenant && isHere && (!scoped || scoped.until < Date.now())) await enter(tenant);
    return send(method, path, { ...options, body, token: scoped?.text, tenant: meant?.slug });
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    leadToFactor(error);
    // Another role than the page knew: it shows what that one may do, and this request stays refused.
    if (error.code === 'insufficient_role') renewTenant().catch(() => {});
    if (['membership_ended', 'tenant_suspended', 'tenant_archived'].includes(error.code)) shut.value = error.code;
    if (error.code !== 'unauthorized') throw error;
    if (acting.value) {
      acting.value = { ...acting.value, until: Date.now() };
      throw error;
    }
    scoped = null;
    return attempt();
  }
}

/** @param {Role | undefined} role */
export const isAdmin = (role) => role === 'owner' || role === 'admin';
