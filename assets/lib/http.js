// One request to the API: JSON in and out, problems as errors, and patience while the server cannot be reached.
import { signal } from './ui.js';
import { problemText, t } from './i18n.js';

const BASE = '/platform/api';

/** Whether the server answered the last time. */
export const reachable = signal(true);

/** A reply of the API that is an error, or no reply at all (status 0). */
export class Problem extends Error {
  /** @param {{status: number, code: string, detail: string, request_id?: string, errors?: {field: string, message: string}[]}} body @param {number} [wait] */
  constructor(body, wait = 0) {
    super(body.detail);
    this.status = body.status;
    this.code = body.code;
    this.requestId = body.request_id ?? '';
    this.fields = body.errors ?? [];
    /** Seconds after which it is worth another try; 0 where the server names none. */
    this.wait = wait;
  }

  /** What the reader is told. */
  get text() {
    if (this.code === 'unreachable') return t('problem.unreachable');
    const text = problemText(this.code, this.message);
    return this.status === 429 && this.wait ? `${text} ${t('problem.wait', { count: Math.ceil(this.wait / 60) })}` : text;
  }
}

/**
 * @typedef {object} Options
 * @property {unknown} [body]
 * @property {string} [token]
 * @property {string} [tenant] slug of the organization that is meant; the server refuses a token of another one
 * @property {boolean} [cookie] whether the refresh token travels in its cookie
 * @property {AbortSignal} [signal]
 * @property {boolean} [file] whether the reply is a file, and `data` a blob of it
 * @property {boolean} [patient] whether it is sent again when the server is back; reads always are
 */

/** @typedef {{data: any, headers: Headers}} Reply */

/**
 * @param {Method} method
 * @param {string} path below the base path of the API
 * @param {Options} [options]
 * @returns {Promise<Reply>}
 */
export async function send(method, path, options = {}) {
  for (;;) {
    try {
      const reply = await exchange(method, path, options);
      reachable.value = true;
      return reply;
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'unreachable') throw error;
      const back = serverIsBack();
      if (method !== 'GET' && !options.patient) throw error;
      await back;
      options.signal?.throwIfAborted();
    }
  }
}

/**
 * @param {Method} method
 * @param {string} path
 * @param {Options} options
 * @returns {Promise<Reply>}
 */
async function exchange(method, path, { body, token, tenant, cookie, signal, file }) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (tenant) headers['x-tenant-slug'] = tenant;
  if (cookie) headers['x-trueport-session'] = 'cookie';
  if (body !== undefined) headers['content-type'] = 'application/json';
  const text = body === undefined ? undefined : JSON.stringify(body);
  const unreachable = new Problem({ status: 0, code: 'unreachable', detail: '' });
  /** @type {Response} */
  let response;
  try {
    response = await fetch(BASE + path, { method, headers, body: text, signal, cache: 'no-store' });
  } catch (error) {
    throw signal?.aborted ? error : unreachable;
  }
  const type = response.headers.get('content-type') ?? '';
  if (response.ok && file) return { data: await response.blob(), headers: response.headers };
  if (response.ok) return { data: type.includes('json') ? await response.json() : null, headers: response.headers };
  if (type.includes('json')) throw new Problem(await response.json(), Number(response.headers.get('retry-after')) || 0);
  // No reply of the API: a proxy without a server behind it.
  throw unreachable;
}

/** @type {Promise<void> | null} */
let waiting = null;

/** Resolves when the server answers again; asks it ever more rarely, and at once when the network is back. */
export function serverIsBack() {
  reachable.value = false;
  waiting ??= (async () => {
    for (let pause = 500; ; pause = Math.min(pause * 1.6, 8000)) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, pause);
        addEventListener(
          'online',
          () => {
            clearTimeout(timer);
            resolve(undefined);
          },
          { once: true },
        );
      });
      const reply = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
      if (reply?.ok) break;
    }
    waiting = null;
    reachable.value = true;
  })();
  return waiting;
}
