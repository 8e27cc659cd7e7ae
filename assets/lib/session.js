// Who is signed in. The access token stays in memory; the refresh token is in a cookie that no script can read.
import { batch, signal } from './ui.js';
import { Problem, send } from './http.js';
import { place, replace } from './router.js';
import { keep, recall } from './storage.js';

/** Access tokens are renewed this long before their end, in milliseconds. */
export const EARLY = 20_000;

/** @typedef {import('./http.js').Options} Options */

/** @type {import('../vendor/signals.js').Signal<'starting' | 'anonymous' | 'signed-in'>} */
export const state = signal('starting');
/** @type {import('../vendor/signals.js').Signal<Api.Profile | null>} */
export const user = signal(null);
/** @type {import('../vendor/signals.js').Signal<Api.Tenant[]>} The organizations of the person, by name. */
export const tenants = signal([]);
/** @typedef {'ended' | 'elsewhere' | 'factor' | 'too_late' | 'too_often'} Farewell */
/** @type {import('../vendor/signals.js').Signal<Farewell | null>} Why nobody is signed in any more, or not yet. */
export const farewell = signal(null);
/** @type {import('../vendor/signals.js').Signal<Api.Challenge | null>} A sign-in that waits for its second factor. */
export const challenge = signal(null);

/** @type {{text: string, until: number} | null} */
let access = null;
/** @type {Promise<void> | null} */
let renewing = null;
/** @type {(() => void)[]} */
const onSignOut = [];

/** @param {() => void} forget called when the person is gone */
export const whenSignedOut = (forget) => onSignOut.push(forget);

// Tabs tell each other who came and went; what they hold they never tell.
const tabs = new BroadcastChannel('trueport-session');
tabs.onmessage = ({ data }) => {
  if (data === 'signed-out' && state.value === 'signed-in') drop('elsewhere');
  if (data === 'signed-in' && state.value === 'anonymous') start();
};

/** @param {string} token @returns {string} whose it is */
function subject(token) {
  const part = token.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
  return JSON.parse(atob(part)).sub;
}

/** @param {Api.Tokens} tokens */
function take(tokens) {
  access = { text: tokens.access_token, until: Date.now() + tokens.expires_in * 1000 - EARLY };
}

/** @param {Farewell | null} reason */
function drop(reason) {
  access = null;
  keep('signed-in', null);
  onSignOut.forEach((forget) => forget());
  batch(() => {
    farewell.value = reason;
    user.value = null;
    tenants.value = [];
    state.value = 'anonymous';
  });
}

/**
 * Only one tab at a time renews, so that each sends the token of the cookie that the one before it left. Where a browser
 * has no locks (pages without https), the server allows the same token twice within a minute.
 * @param {() => Promise<void>} work
 */
const exclusively = (work) => (navigator.locks ? navigator.locks.request('trueport-refresh', work) : work());

/** Gets another access token by the cookie. */
function renew() {
  renewing ??= exclusively(async () => {
    try {
      const { data } = await send('POST', '/global/auth/refresh', { cookie: true, patient: true });
      // Somebody else signed in meanwhile, in another tab: nothing of the person before may stay on the screen.
      if (user.value && subject(data.access_token) !== user.value.id) {
        location.reload();
        // What waited for a token was meant by the other one, and never goes on.
        await new Promise(() => {});
      }
      take(data);
    } catch (error) {
      // Of several requests that hear of the end, the first one says so.
      const isEnd = error instanceof Problem && error.status === 401 && state.value !== 'anonymous';
      if (isEnd) drop(user.value ? 'ended' : null);
      throw error;
    }
  }).finally(() => {
    renewing = null;
  });
  return renewing;
}

/** A global token that still works for a while. */
async function token() {
  if (!access || access.until < Date.now()) await renew();
  return /** @type {{text: string}} */ (access).text;
}

/**
 * A request of the person. A token that does not work any more is renewed once.
 * @param {Method} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Options} [options]
 */
export async function asPerson(method, path, body, options) {
  const attempt = async () => (await send(method, path, { ...options, body, token: await token() })).data;
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof Problem) leadToFactor(error);
    if (!(error instanceof Problem) || error.code !== 'unauthorized') throw error;
    access = null;
    return attempt();
  }
}

/** Reads the person and their organizations. */
async function load() {
  const [profile, list] = await Promise.all([asPerson('GET', '/global/auth/me'), asPerson('GET', '/global/tenants')]);
  batch(() => {
    user.value = profile;
    tenants.value = list;
    farewell.value = null;
    challenge.value = null;
    state.value = 'signed-in';
  });
}

/** Reads the organizations again: one was made, joined, left or renamed. */
export async function reloadTenants() {
  tenants.value = await asPerson('GET', '/global/tenants');
}

/** Goes on with the session of the cookie, if there is one. */
export async function start() {
  if (!recall('signed-in')) {
    state.value = 'anonymous';
    return;
  }
  await load().catch((error) => {
    // Without an answer whose session it is, signing in is what one can do.
    if (error instanceof Problem && state.value === 'starting') state.value = 'anonymous';
  });
}

/**
 * @param {'login' | 'otp/verify' | 'mfa/verify'} way
 * @param {Record<string, string>} proof
 * @returns {Promise<boolean>} false where a second factor is asked for first
 */
export async function signIn(way, proof) {
  const { data } = await send('POST', `/global/auth/${way}`, { body: proof, cookie: true });
  farewell.value = null;
  if (data.mfa_required) {
    challenge.value = data;
    return false;
  }
  take(data);
  keep('signed-in', 'yes');
  await load();
  tabs.postMessage('signed-in');
  return true;
}

/** The second step comes to nothing: the first one has to be made again. @param {Farewell | null} reason */
export function dropChallenge(reason) {
  batch(() => {
    challenge.value = null;
    farewell.value = reason;
  });
}

/**
 * Who is refused for want of a second factor sets one up and comes back, or proves theirs by signing in again.
 * @param {Problem} problem
 */
export function leadToFactor({ code }) {
  const { path } = place.value;
  // A second refusal comes when the first one has led away already.
  if (code === 'mfa_enrollment_required' && path !== '/account/security')
    replace(`/account/security?then=${encodeURIComponent(path)}`);
  if (code === 'mfa_required' && state.value === 'signed-in') signOut('factor').catch(() => drop('factor'));
}

/** @param {Farewell | null} [reason] */
export async function signOut(reason = null) {
  // Also with an access token that is over: then the cookie says whose session ends.
  await send('POST', '/global/auth/logout', { token: access?.text, cookie: true }).catch((error) => {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
  });
  drop(reason);
  tabs.postMessage('signed-out');
}
