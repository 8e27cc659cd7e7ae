// Languages and brightness.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import test from 'node:test';
import { heading } from '../lib/browser.js';
import { until } from '../lib/server.js';
import { address, flow, server, visitor } from '../lib/stage.js';

const assets = new URL('../../../assets/', import.meta.url);

/** @param {string} code */
const table = async (code) =>
  import(`data:text/javascript,${encodeURIComponent(await readFile(new URL(`i18n/${code}.js`, assets), 'utf8'))}`);

test('the languages have the same messages, with the same places in them', async () => {
  const [en, de] = [await table('en'), await table('de')];
  assert.deepEqual(Object.keys(de.default), Object.keys(en.default));
  const places = (/** @type {string | object} */ message) =>
    [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort();
  for (const key of Object.keys(en.default)) {
    assert.deepEqual(places(de.default[key]), places(en.default[key]), key);
    assert.equal(typeof de.default[key], typeof en.default[key], key);
  }
});

test('every problem of the API is told in every language', async () => {
  const codes = (await readFile(new URL('../src/error.rs', assets), 'utf8')).matchAll(/^    \w+ = \d+ "(\w+)"/gm);
  const known = (await table('de')).problems;
  assert.deepEqual(
    [...codes].map(([, code]) => code).filter((code) => !known[code]),
    [],
  );
});

/** What stands in the rooms of the program, without their tests. @param {string} room */
async function source(room) {
  const folder = new URL(`../src/${room}/`, assets);
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.rs'));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  return texts.map((text) => text.split('#[cfg(test)]')[0]);
}

/** The types of events that a webhook can be told of, as the page offers them. */
async function offered() {
  const text = await readFile(new URL('lib/happenings.js', assets), 'utf8');
  const list = /EVENT_TYPES = \[([^\]]*)\]/.exec(text)?.[1] ?? '';
  return [...list.matchAll(/'([a-z_.]+)'/g)].map(([, name]) => name);
}

test('every action of the audit, event of webhooks and mail is told in words', async () => {
  const { ACTIONS, EVENTS, KINDS, MAILS, TARGETS } = await table('happenings');
  const dotted = (/** @type {string} */ text) => [...text.matchAll(/"([a-z_]+\.[a-z_]+)"/g)].map(([, name]) => name);
  const settings = (await source('domain/settings')).flatMap(dotted);
  const events = [...(await source('domain')).join().matchAll(/^    "[a-z_.]+" => "([a-z_.]+)" "/gm)].map(([, name]) => name);
  assert.ok(settings.length > 20 && events.length > 20);
  // All that is written so in the domain and is nothing else.
  const others = new Set([...settings, ...events.filter((name) => name.startsWith('member.')), 'webhook.test', 'tenants.active', 'example.com']);
  const rooms = (await source('domain')).filter((text) => !text.includes('"mail.example"'));
  const actions = new Set(rooms.flatMap(dotted).filter((name) => !others.has(name)));
  assert.deepEqual(Object.keys(ACTIONS).sort(), [...actions].sort());
  const kinds = [...Object.keys(ACTIONS), ...events].map((name) => name.split('.')[0]);
  assert.deepEqual(Object.keys(KINDS).sort(), [...new Set(kinds)].sort());
  assert.deepEqual(await offered(), events);
  assert.deepEqual(
    [...events, 'webhook.test'].filter((name) => !ACTIONS[name] && !EVENTS[name]),
    [],
  );
  const targets = rooms.flatMap((text) => [...text.matchAll(/(?:Target|Self)::(?:new|unknown)\("(\w+)"/g)].map(([, kind]) => kind));
  assert.deepEqual(Object.keys(TARGETS).sort(), [...new Set(targets)].sort());
  const templates = (await readdir(new URL('mail/', assets)))
    .filter((name) => name.endsWith('.txt') && name !== 'layout.txt')
    .map((name) => name.slice(0, -4));
  assert.deepEqual(Object.keys(MAILS).sort(), templates.sort());
  for (const words of [KINDS, ACTIONS, EVENTS, TARGETS, MAILS].flatMap((one) => Object.values(one)))
    assert.ok(words.en && words.de, JSON.stringify(words));
});

test('every sentence that the page shows as the API says it is told in German', async () => {
  const { phrases } = await table('de');
  const texts = [...(await source('domain')), ...(await source('http'))].map((text) => text.replace(/\\\n\s*/g, ''));
  const about = texts.flatMap((text) => [...text.matchAll(/"((?:must|may|is|cannot) [^"\n]*)"/g)].map(([, one]) => one));
  const told = [...(await source('.')), ...(await source('storage'))]
    .filter((text) => /of its answer only the status is read|symbolic_link\(\)/i.test(text))
    .flatMap((text) => [...text.matchAll(/"([A-Z][^"\n]* [^"\n]*\.)"/g)].map(([, one]) => one));
  assert.ok(about.length > 60 && told.length > 20, `${about.length} ${told.length}`);
  // Only programs that speak to the API by themselves are told these.
  const programs =
    /^(must be (an object|csv|GLOBAL|tenants, users|one text of|prod|at most 1,000 rows|1 to 200|within the last 7)|is (there twice|not UTF-8|no organization)|has the wrong type)/;
  assert.deepEqual(
    [...new Set([...about, ...told])]
      .map((text) => text.replaceAll(/\{\w*\}/g, '7'))
      .filter((text) => !programs.test(text) && !phrases.some((/** @type {[RegExp, string]} */ [known]) => known.test(text))),
    [],
  );
});

flow('every label and choice of the configuration is told in German', async () => {
  const token = await server.admin(address('labels'));
  const { resources } = await server.call('GET', '/admin/configs', { token });
  const { phrases, default: words } = await table('de');
  const isKnown = (/** @type {string} */ text) =>
    phrases.some((/** @type {[RegExp, string]} */ [pattern]) => pattern.test(text));
  /** @type {string[]} */
  const missing = [];
  // A word that is the same in German needs no other one.
  const same = ['Gateway'];
  for (const resource of resources) {
    for (const group of resource.config_groups) {
      const titles = [resource.resrc_name, group.grp_title];
      for (const { configs } of group.sections) {
        for (const config of configs) {
          titles.push(config.lbl);
          missing.push(
            ...(config.options ?? []).filter(
              (/** @type {string} */ option) => !Object.hasOwn(words, `option.${option}`),
            ),
          );
        }
      }
      missing.push(...titles.filter((title) => !isKnown(title) && !same.includes(title)));
    }
  }
  assert.deepEqual(missing, []);
});

flow('a German reader gets German, and may choose English', async () => {
  const email = address('german');
  await server.person(email);
  const reader = await visitor(server, { locale: 'de-DE' });
  const page = await reader.open('/sign-in');
  await heading(page, 'Anmelden');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  await page.getByLabel('E-Mail-Adresse').fill('nobody');
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await page.getByText('muss eine E-Mail-Adresse sein').waitFor();
  await page.getByLabel('E-Mail-Adresse').fill(email);
  await page.getByLabel('Passwort', { exact: true }).fill('falsch falsch');
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await page.getByText('E-Mail-Adresse oder Passwort ist falsch.').waitFor();
  await page.getByRole('button', { name: 'Darstellung und Sprache' }).click();
  await page.getByRole('menuitemradio', { name: 'English' }).click();
  await heading(page, 'Sign in');
  await page.reload();
  await heading(page, 'Sign in');
  await reader.leave();
});

flow('dark and light are chosen by the system, or by the reader', async (person) => {
  const page = await person.open('/sign-in');
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await heading(page, 'Sign in');
  assert.equal(await theme(), 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await until('the page is dark', async () => (await theme()) === 'dark');
  await page.getByRole('button', { name: 'Appearance and language' }).click();
  await page.getByRole('menuitemradio', { name: 'Light' }).click();
  assert.equal(await theme(), 'light');
  await page.reload();
  await heading(page, 'Sign in');
  assert.equal(await theme(), 'light');
});
