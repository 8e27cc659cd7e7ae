// A trueport of its own for the tests: a data folder that goes away, a mail server that keeps what it is given.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { totp } from './totp.js';

export const PASSWORD = 'SecurePassword123!';

/** @returns {Promise<number>} a port that nobody listened on a moment ago */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => {
    probe.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  return port;
}

/**
 * Asks again until there is an answer; the number is for one that never comes.
 * @template T
 * @param {string} what
 * @param {() => Promise<T | null | undefined | false> | T | null | undefined | false} ask
 * @returns {Promise<T>}
 */
export async function until(what, ask) {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  throw new Error(`did not happen: ${what}`);
}

/** The mail server: as much of SMTP as the mailer speaks. */
class MailSink {
  /** @type {{to: string, text: string}[]} */
  mails = [];

  #server = createServer((socket) => {
    let [buffer, to, inData] = ['', '', false];
    const say = (/** @type {string} */ line) => socket.write(`${line}\r\n`);
    say('220 sink');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (;;) {
        const end = buffer.indexOf(inData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + (inData ? 5 : 2));
        if (inData) {
          this.mails.push({ to, text: decode(line) });
          inData = false;
          say('250 kept');
        } else if (/^EHLO/i.test(line)) say('250 sink');
        else if (/^DATA/i.test(line)) {
          inData = true;
          say('354 go on');
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else {
          to = /^RCPT TO:<(.*)>/i.exec(line)?.[1] ?? to;
          say('250 fine');
        }
      }
    });
  });

  async start() {
    await new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve(undefined));
    });
    // A test that fails before it stops the server does not hang for it.
    this.#server.unref();
    return /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  stop() {
    this.#server.close();
  }

  /**
   * What the newest mail to somebody holds.
   * @param {string} to
   * @param {RegExp} pattern with one group
   */
  async take(to, pattern) {
    return until(`a mail to ${to} with ${pattern}`, () => {
      const found = this.mails
        .filter((mail) => mail.to === to)
        .map((mail) => pattern.exec(mail.text)?.[1])
        .filter(Boolean)
        .at(-1);
      if (found) this.mails = this.mails.filter((mail) => mail.to !== to);
      return found;
    });
  }

  /** @param {string} to @param {string} page @returns {Promise<string>} the token of a link to a page */
  token(to, page) {
    return this.take(to, new RegExp(`#/${page}\\?token=([\\w-]+)`));
  }
}

/** @param {string} message the plain part of a mail, whatever its encoding */
function decode(message) {
  const unfolded = message.replace(/=\r\n/g, '').replace(/=3D/g, '=');
  const packed = /base64\r\n\r\n([A-Za-z0-9+/=\r\n]+)/.exec(message)?.[1];
  return unfolded + (packed ? Buffer.from(packed, 'base64').toString() : '');
}

export class Server {
  mail = new MailSink();
  folder = '';
  port = 0;
  /** @type {import('node:child_process').ChildProcess | null} */
  process = null;
  log = '';

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @param {Record<string, string | number>} [configs] */
  static async start(configs = {}) {
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), 'trueport-web-'));
    server.port = await freePort();
    const mailPort = await server.mail.start();
    const all = {
      'smtp.host': '127.0.0.1',
      'smtp.port': mailPort,
      'smtp.security': 'none',
      'smtp.from_address': 'noreply@trueport.example',
      'auth.anonymous_requests_per_minute': 1_000_000,
      ...configs,
    };
    await server.run();
    for (const [key, value] of Object.entries(all)) await server.command('config', 'set', key, String(value));
    return server;
  }

  /** Starts the process, again after a stop on the same data. */
  async run() {
    const args = [
      'serve',
      '--listen',
      `127.0.0.1:${this.port}`,
      '--data-dir',
      this.folder,
      '--base-url',
      this.url,
      '--storage-local-root',
      this.folder,
      '--allow-private-targets',
      '--log',
      'warn',
    ];
    const child = spawn(program(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    // Also when the tests end early.
    process.once('exit', () => child.kill('SIGKILL'));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        this.log += chunk;
      });
    await until('the server answers', async () => {
      if (child.exitCode !== null) throw new Error(`the server ended: ${this.log}`);
      return (await fetch(`${this.url}/readyz`).catch(() => null))?.ok;
    });
  }

  async halt() {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill('SIGKILL');
    await gone;
  }

  async stop() {
    await this.halt();
    this.mail.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** @param {...string} args */
  async command(...args) {
    return (await promisify(execFile)(program(), [...args, '--data-dir', this.folder])).stdout;
  }

  /** The link with which the first admin is made. */
  async setupLink() {
    return (await readFile(join(this.folder, 'setup-link'), 'utf8')).trim();
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{token?: string, body?: unknown}} [options]
   */
  async call(method, path, { token, body } = {}) {
    /** @type {Record<string, string>} */
    const headers = { 'content-type': 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    const reply = await fetch(`${this.url}/platform/api${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Registers somebody and signs them in. @param {string} email @param {string} [first] @param {string} [last] */
  async person(email, first = 'Jane', last = 'Doe') {
    await this.call('POST', '/global/auth/register', {
      body: { email, password: PASSWORD, first_name: first, last_name: last },
    });
    return this.token(email);
  }

  /** @param {string} email @returns {Promise<string>} a global token */
  async token(email) {
    return (await this.call('POST', '/global/auth/login', { body: { email, password: PASSWORD } })).access_token;
  }

  /** Sets a second factor up. @param {string} token */
  async factor(token) {
    const { secret } = await this.call('POST', '/global/auth/mfa/totp', {
      token,
      body: { current_password: PASSWORD },
    });
    const body = { code: totp(secret) };
    const { recovery_codes } = await this.call('POST', '/global/auth/mfa/totp/confirm', { token, body });
    return { secret: /** @type {string} */ (secret), codes: /** @type {string[]} */ (recovery_codes) };
  }

  /** Makes an organization. @param {string} token of its owner @param {string} name @param {string} slug */
  async tenant(token, name, slug) {
    const made = await this.call('POST', '/global/tenants', { token, body: { name, slug } });
    return { ...made, token: await this.scoped(token, made.id) };
  }

  /** @param {string} token @param {string} id @returns {Promise<string>} a token for one organization */
  async scoped(token, id) {
    return (await this.call('POST', '/global/auth/select-tenant', { token, body: { tenant_id: id } })).access_token;
  }

  /** Makes somebody a member. @param {string} by scoped token @param {string} email @param {string} role @param {string} [first] @param {string} [last] */
  async member(by, email, role, first = 'Max', last = 'Meier') {
    await this.call('POST', '/service/invites', { token: by, body: { email, role } });
    const token = await this.mail.token(email, 'invite');
    await this.call('POST', '/global/auth/register', {
      body: { email, password: PASSWORD, first_name: first, last_name: last, invite_token: token },
    });
  }

  /** A platform admin. @param {string} email */
  async admin(email) {
    await this.person(email, 'Ada', 'Lovelace');
    await this.command('admin', 'promote', '--email', email);
    return this.token(email);
  }
}

function program() {
  const path = process.env.TRUEPORT_TEST_PROGRAM;
  if (!path) throw new Error('TRUEPORT_TEST_PROGRAM names no program');
  return path;
}
