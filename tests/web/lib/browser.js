// Pages of a real browser that fail a test by themselves: on anything that breaks the policy, leaves the origin, or throws.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { PASSWORD } from './server.js';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} Context */

/** Starts the browser in a fresh folder. */
export async function startBrowser() {
  const folder = await mkdtemp(join(tmpdir(), 'trueport-browser-'));
  const executablePath = process.env.TRUEPORT_TEST_BROWSER ?? '/usr/bin/chromium';
  const browser = await chromium.launch({
    executablePath,
    args: FLAGS,
    env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
  });
  return {
    browser,
    stop: async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Replies with these statuses are part of what a test does; the browser writes them to its console. */
const EXPECTED =
  /Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_CONNECTION_REFUSED|net::ERR_CONNECTION_RESET|net::ERR_EMPTY_RESPONSE|net::ERR_SOCKET_NOT_CONNECTED|net::ERR_CONNECTION_CLOSED)/;

/** A person at a browser of their own. */
export class Visitor {
  /** @type {string[]} */
  faults = [];
  /** @type {RegExp[]} words on the console that belong to the test */
  expected = [EXPECTED];
  /** @type {string[]} requests to the API since they were last taken */
  requests = [];

  /** @param {Context} context @param {string} origin */
  constructor(context, origin) {
    this.context = context;
    this.origin = origin;
  }

  /**
   * @param {import('playwright-core').Browser} browser
   * @param {string} origin
   * @param {import('playwright-core').BrowserContextOptions} [options]
   */
  static async come(browser, origin, options = {}) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      ...options,
    });
    const visitor = new Visitor(context, origin);
    await context.exposeBinding('reportFault', (_, text) => visitor.faults.push(text));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        /** @type {any} */ (window).reportFault(
          `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
        );
      });
    });
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol !== 'data:') visitor.faults.push(`leaves the origin: ${request.url()}`);
      if (url.pathname.startsWith('/platform/api/'))
        visitor.requests.push(`${request.method()} ${url.pathname.slice('/platform/api'.length)}`);
    });
    context.on('weberror', (error) => visitor.faults.push(`throws: ${error.error().stack}`));
    context.on('console', (message) => {
      if (
        ['error', 'warning'].includes(message.type()) &&
        !visitor.expected.some((pattern) => pattern.test(message.text()))
      )
        visitor.faults.push(`console: ${message.text()}`);
    });
    context.setDefaultTimeout(30_000);
    return visitor;
  }

  /** @param {RegExp} pattern of words on the console */
  expects(pattern) {
    this.expected.push(pattern);
  }

  /** Opens a tab. @param {string} path behind the `#` */
  async open(path) {
    const page = await this.context.newPage();
    await page.goto(`${this.origin}/#${path}`);
    return page;
  }

  /** Opens a tab and signs in there. @param {string} email @param {string} [path] */
  async signIn(email, path = '/') {
    const page = await this.open(path);
    await signIn(page, email);
    return page;
  }

  /** Leaves; fails when anything was wrong. */
  async leave() {
    await this.context.close();
    if (this.faults.length) throw new Error(`the page did what it must not:\n${this.faults.join('\n')}`);
  }
}

/** @param {Page} page @param {string} email @param {string} [password] */
export async function signIn(page, email, password = PASSWORD) {
  const button = page.getByRole('button', { name: 'Sign in', exact: true });
  // The form of the page before has fields of the same names.
  await button.waitFor();
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button.click();
  await page.getByRole('button', { name: 'Account' }).waitFor();
}

/**
 * Answers the next request to an address in the server's place. The route stays in place afterwards: taking one away can leave
 * other requests hanging that are under way.
 * @param {Page} page
 * @param {string} pattern
 * @param {(route: import('playwright-core').Route) => Promise<void>} reply
 */
export async function answerNext(page, pattern, reply) {
  let isDone = false;
  await page.route(pattern, (route) => {
    if (isDone) return route.fallback();
    isDone = true;
    return reply(route);
  });
}

/** Waits for a page by its heading. @param {Page} page @param {string | RegExp} name */
export const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

/** Waits for the word that an action worked. @param {Page} page @param {string | RegExp} text */
export const said = (page, text) => page.locator('.toast').filter({ hasText: text }).first().waitFor();
