// One server and one browser for all flows; each flow has a visitor of its own.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { startBrowser, Visitor } from './browser.js';
import { Server } from './server.js';

/** @type {Server} */
export let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {() => Promise<void>} */
let stopBrowser;

export const SCREENS = process.env.TRUEPORT_TEST_SCREENS ?? 'screens';
const wanted = process.argv[2] ?? '';

before(async () => {
  await mkdir(SCREENS, { recursive: true });
  server = await Server.start();
  ({ browser, stop: stopBrowser } = await startBrowser());
});

after(async () => {
  await stopBrowser?.();
  await server?.stop();
});

/** @param {Server} at @param {import('playwright-core').BrowserContextOptions} [options] */
export const visitor = (at = server, options = {}) => Visitor.come(browser, at.url, options);

/**
 * A test with a visitor, whose tabs are drawn to a file when it fails.
 * @param {string} name
 * @param {(visitor: Visitor) => Promise<void>} body
 */
export function flow(name, body) {
  if (!name.includes(wanted)) return;
  test(name, async () => {
    const person = await visitor();
    try {
      await body(person);
    } catch (error) {
      const file = name.replace(/\W+/g, '-');
      for (const [index, page] of person.context.pages().entries()) {
        await page.screenshot({ path: join(SCREENS, `failed-${file}-${index}.png`) }).catch(() => {});
      }
      await person.leave().catch((fault) => process.stderr.write(`${fault}\n`));
      throw error;
    }
    await person.leave();
  });
}

let count = 0;
/** An address that nobody has yet. @param {string} name */
export const address = (name) => {
  count += 1;
  return `${name}-${count}@flow.example`;
};

/** A slug that nobody has yet. @param {string} name */
export const slug = (name) => {
  count += 1;
  return `${name}-${count}`;
};
