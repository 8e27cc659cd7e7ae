// Every page in both themes, wide and narrow: checked for what shuts people out, and drawn to a file to look at.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { heading, signIn } from '../lib/browser.js';
import { seed } from '../lib/seed.js';
import { PASSWORD, Server, freePort } from '../lib/server.js';
import { SCREENS, flow, visitor } from '../lib/stage.js';
import { totp } from '../lib/totp.js';

const AXE = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const VIEWS = /** @type {const} */ ([
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
  ['dark', 390],
]);

/** @typedef {import('../lib/browser.js').Page} Page */

/** @type {string[]} what is wrong on any page; told all at once */
const faults = [];

/** Notes what axe finds. @param {Page} page @param {string} name */
async function check(page, name) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const options = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
    const { violations } = await /** @type {any} */ (window).axe.run(document, options);
    return violations.map(
      (/** @type {any} */ one) =>
        `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.html.slice(0, 160)).join(' | ')}`,
    );
  });
  faults.push(...found.map((/** @type {string} */ text) => `${name}: ${text}`));
}

/** Notes what is wider than the screen. @param {Page} page @param {string} name */
async function fits(page, name) {
  await page.locator('.bone').first().waitFor({ state: 'detached' });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) faults.push(`${name} is too wide, by ${overflow}`);
}

/** One page in every view. @param {Page} page @param {string} name */
async function look(page, name) {
  await page.locator('.bone').first().waitFor({ state: 'detached' });
  for (const [colorScheme, width] of VIEWS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          requestAnimationFrame(() => requestAnimationFrame(resolve));
        }),
    );
    await fits(page, `${name} at ${width}`);
    await check(page, `${name} ${colorScheme} ${width}`);
    await page.screenshot({ path: join(SCREENS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/**
 * Setting a second factor up, having it, and taking it away, so that the pages after it are as before.
 * @param {Page} page
 * @param {(path: string) => Promise<void>} to
 */
async function lookAtFactor(page, to) {
  await to('/account/security?then=/organizations');
  await look(page, 'account-security-asked');
  await to('/account/security');
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await look(page, 'account-security-set-up');
  const secret = (await dialog.locator('.secret code').textContent()) ?? '';
  await dialog.getByLabel('Code that the app shows').fill(totp(secret));
  await dialog.getByRole('button', { name: 'Switch on' }).click();
  await page.getByRole('dialog', { name: 'Your recovery codes' }).waitFor();
  const [code] = await dialog.getByRole('listitem').allTextContents();
  await look(page, 'account-security-codes');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.locator('.toast').first().waitFor({ state: 'detached' });
  await look(page, 'account-security-on');
  await page.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await dialog.getByLabel('Code', { exact: true }).fill(code);
  await look(page, 'account-security-remove');
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Set up a second factor' }).waitFor();
}

/**
 * What platform admins do in dialogs, and the pages while they act for somebody.
 * @param {Page} page
 * @param {(path: string) => Promise<void>} to
 * @param {string} id of a person
 */
async function lookAtAdmin(page, to, id) {
  const dialog = page.getByRole('dialog');
  for (const [path, button, name] of [
    ['/plans', 'New plan', 'plans-dialog'],
    ['/service-keys', 'New key', 'service-keys-dialog'],
    ['/organizations', 'New organization', 'organizations-dialog'],
    ['/users', 'New person', 'users-dialog'],
    ['/system', 'End every session', 'system-question'],
    ['/system', 'Send a test message', 'system-mail'],
  ]) {
    await to(`/admin${path}`);
    await page.getByRole('button', { name: button }).click();
    await look(page, `admin-${name}`);
    await page.keyboard.press('Escape');
  }
  await to('/admin/users');
  await page.getByRole('button', { name: 'New person' }).click();
  await dialog.getByLabel('Email address').fill('new@acme.example');
  await dialog.getByRole('button', { name: 'Create account' }).click();
  await dialog.locator('.secret').waitFor();
  await page.locator('.toast').first().waitFor({ state: 'detached' });
  await look(page, 'admin-users-link');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await to(`/admin/users/${id}`);
  await page.getByRole('button', { name: 'Actions for' }).click();
  await look(page, 'admin-user-menu');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Act in their name' }).click();
  await dialog.getByLabel('Reason').fill('Ticket 4711: invitations do not arrive');
  await look(page, 'admin-user-act');
  await dialog.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('region', { name: 'Acting in somebody’s name' }).waitFor();
  await page.waitForLoadState('networkidle');
  await look(page, 'acting');
  await page.getByRole('button', { name: 'End', exact: true }).click();
}

flow('every step of the setup shuts nobody out', async () => {
  const fresh = await Server.start();
  const person = await visitor(fresh);
  try {
    const page = await person.open(new URL(await fresh.setupLink()).hash.slice(1));
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Last name').fill('Lovelace');
    await page.getByLabel('Email address').fill('ada@example.com');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create the admin' }).click();
    await heading(page, 'Where people reach it');
    await look(page, 'setup-address');
    await page.getByRole('button', { name: 'Skip' }).click();
    await heading(page, 'The mail server');
    await look(page, 'setup-mail');
    await page.getByLabel('Mail server').fill('127.0.0.1');
    await page.getByLabel('Port').fill(String(await freePort()));
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading(page, 'Try it out');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.locator('.note').waitFor();
    await look(page, 'setup-test');
    await person.leave();
    assert.deepEqual(faults.splice(0), []);
  } finally {
    await fresh.stop();
  }
});

flow('every page shuts nobody out, in both themes, wide and narrow', async () => {
  const server = await Server.start();
  const person = await visitor(server);
  try {
    const { acme, hook, initech } = await seed(server);
    const page = await person.open('/sign-in');
    const to = async (/** @type {string} */ path) => {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, path);
      await page.locator('h1').waitFor();
      await page.waitForLoadState('networkidle');
    };
    for (const name of [
      'sign-in',
      'register',
      'forgot-password',
      'reset-password',
      'verify-email',
      'invite',
      'setup',
      'nowhere',
    ]) {
      await to(`/${name}`);
      await look(page, name);
    }
    await to('/sign-in');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.error').waitFor();
    await look(page, 'sign-in-error');

    await server.factor(await server.person('sam@acme.example', 'Sam', 'Second'));
    await page.getByLabel('Email address').fill('sam@acme.example');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await heading(page, 'Prove your second factor');
    await look(page, 'sign-in-second-step');
    await to('/organizations');
    await signIn(page, 'jane@acme.example');
    await heading(page, 'Your organizations');
    for (const name of ['organizations', 'organizations/new', 'account', 'account/security', 'account/sessions']) {
      await to(`/${name}`);
      await look(page, name.replace('/', '-'));
    }
    await lookAtFactor(page, to);
    for (const name of [
      '',
      '/members',
      '/invitations',
      '/usage',
      '/plan',
      '/configuration',
      '/storage',
      '/webhooks',
      '/audit',
      '/settings',
    ]) {
      await to(`/o/${acme.slug}${name}`);
      await page.locator('.toast').first().waitFor({ state: 'detached' });
      await look(page, `tenant${name.replace('/', '-')}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await to(`/o/${acme.slug}/webhooks`);
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByRole('button', { name: 'Only some' }).click();
    await look(page, 'tenant-webhooks-dialog');
    await page.keyboard.press('Escape');
    await to(`/o/${acme.slug}/webhooks/${hook}`);
    await look(page, 'tenant-webhook');
    await page.getByRole('button', { name: 'Invitation sent' }).click();
    await page.getByRole('dialog').getByText('503').waitFor();
    await look(page, 'tenant-webhook-message');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'More for “Our directory”' }).click();
    await page.getByRole('menuitem', { name: 'New secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
    await page.getByRole('dialog', { name: 'The secret of' }).waitFor();
    await page.locator('.toast').first().waitFor({ state: 'detached' });
    await look(page, 'tenant-webhook-secret');
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await to(`/o/${acme.slug}/members`);
    await page.getByRole('button', { name: 'Actions for Max Meier' }).click();
    await look(page, 'tenant-members-menu');
    await page.getByRole('menuitem', { name: 'Make owner' }).click();
    await look(page, 'tenant-members-question');
    await page.keyboard.press('Escape');
    await to(`/o/${acme.slug}/invitations`);
    await page.getByRole('button', { name: 'Invite people' }).click();
    await look(page, 'tenant-invitations-dialog');
    await page.keyboard.press('Escape');
    await to(`/o/${acme.slug}/configuration`);
    await page.getByRole('button', { name: 'More about “What becomes' }).click();
    await page.getByRole('menuitem', { name: 'Where it comes from' }).click();
    await look(page, 'tenant-configuration-details');
    await page.keyboard.press('Escape');
    await to(`/o/${initech.slug}`);
    await look(page, 'tenant-suspended');

    await page.setViewportSize({ width: 390, height: 900 });
    await page.getByRole('button', { name: 'Open the menu' }).click();
    await check(page, 'drawer');
    await page.screenshot({ path: join(SCREENS, 'drawer-dark-390.png') });
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: 'Account' }).click();
    await look(page, 'account-menu');
    await page.getByRole('menuitem', { name: 'Sign out' }).click();

    await to('/admin');
    await signIn(page, 'ada@example.com');
    const { items } = await server.call('GET', '/admin/users?email=max', {
      token: await server.token('ada@example.com'),
    });
    for (const name of [
      '',
      '/organizations',
      `/organizations/${initech.id}`,
      '/users',
      `/users/${items[0].id}`,
      '/configuration',
      '/plans',
      '/outbox',
      '/service-keys',
      '/audit',
      '/system',
    ]) {
      await to(`/admin${name}`);
      await look(page, `admin${name.replace('/', '-').replace(/\/(ten|usr)_\w+/, '-one')}`);
    }
    // German words are longer.
    await page.setViewportSize({ width: 390, height: 900 });
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    for (const name of [
      '',
      '/organizations',
      `/organizations/${initech.id}`,
      '/users',
      `/users/${items[0].id}`,
      '/configuration',
      '/plans',
      '/outbox',
      '/service-keys',
      '/audit',
      '/system',
    ]) {
      await to(`/admin${name}`);
      await fits(page, `admin${name} in German`);
    }
    await page.screenshot({ path: join(SCREENS, 'admin-service-keys-german-390.png'), fullPage: true });
    await page.getByRole('button', { name: 'Konto' }).click();
    await page.getByRole('menuitemradio', { name: 'English' }).click();
    await page.setViewportSize({ width: 1440, height: 900 });
    await lookAtAdmin(page, to, items[0].id);
    await person.leave();
    assert.deepEqual(faults, []);
  } finally {
    await server.stop();
  }
});
