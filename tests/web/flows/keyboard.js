// Everything by keyboard, and the focus where one expects it.
import assert from 'node:assert/strict';
import { heading, said } from '../lib/browser.js';
import { PASSWORD, until } from '../lib/server.js';
import { address, flow, server, slug } from '../lib/stage.js';

/** What has the focus, in a few words. @param {import('../lib/browser.js').Page} page */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim().slice(0, 60) ?? '';
  });

/** Waits until something has the focus. @param {import('../lib/browser.js').Page} page @param {string} what */
const hasFocus = (page, what) => until(`the focus is on ${what}`, async () => (await focused(page)) === what);

flow('a role is changed by keys alone', async (person) => {
  const email = address('keys');
  const tenant = await server.tenant(await server.person(email), 'Keys', slug('keys'));
  await server.member(tenant.token, address('friend'), 'member', 'Fay', 'Friend');
  const page = await person.open('/');
  await heading(page, 'Sign in');
  await page.keyboard.press('Tab');
  for (
    let tries = 0;
    (await page.evaluate(() => document.activeElement?.getAttribute('name'))) !== 'email';
    tries += 1
  ) {
    assert.ok(tries < 10, 'the field is reached by Tab');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type(email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await heading(page, 'Keys');
  await hasFocus(page, 'Keys');

  await page.keyboard.press('Home');
  await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('.skip')).focus());
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');

  await page.getByRole('link', { name: 'Members', exact: true }).focus();
  await page.keyboard.press('Enter');
  await heading(page, 'Members');
  await hasFocus(page, 'Members');
  const button = page.getByRole('button', { name: 'Actions for Fay Friend' });
  await button.focus();
  await page.keyboard.press('ArrowDown');
  await hasFocus(page, 'Change role');
  await page.keyboard.press('ArrowUp');
  await hasFocus(page, 'Remove');
  await page.keyboard.press('Escape');
  await hasFocus(page, 'Actions for Fay Friend');
  await page.keyboard.press('Enter');
  await hasFocus(page, 'Change role');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await hasFocus(page, 'Actions for Fay Friend');
  await page.keyboard.press('Enter');
  await hasFocus(page, 'Change role');
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'Role' }).selectOption('viewer');
  await page.getByRole('button', { name: 'Save' }).focus();
  await page.keyboard.press('Enter');
  await said(page, 'Fay Friend is now: Viewer.');
});

flow('a question names the thing, and its answer is not at hand by accident', async (person) => {
  const email = address('asks');
  const tenant = await server.tenant(await server.person(email), 'Asks', slug('asks'));
  await server.member(tenant.token, address('kept'), 'member', 'Kim', 'Kept');
  const page = await person.signIn(email, `/o/${tenant.slug}/members`);
  await page.getByRole('button', { name: 'Actions for Kim Kept' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.getByRole('dialog', { name: 'Remove Kim Kept?' }).waitFor();
  await hasFocus(page, 'Cancel');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('2 entries').waitFor();
});
