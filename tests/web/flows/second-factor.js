// Second factors: setting one up, signing in with it, being asked for it, taking it away.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { answerNext, heading, said, signIn } from '../lib/browser.js';
import { PASSWORD } from '../lib/server.js';
import { address, flow, server, slug } from '../lib/stage.js';
import { totp } from '../lib/totp.js';

/** @typedef {import('../lib/browser.js').Page} Page */

/** The first step. @param {Page} page @param {string} email */
async function firstStep(page, email) {
  await heading(page, 'Sign in');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await heading(page, 'Prove your second factor');
}

/** @param {Page} page @param {string} code */
async function secondStep(page, code) {
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** A code that is surely wrong. @param {string} secret */
const wrongCode = (secret) => {
  const right = [-2, -1, 0, 1, 2].map((later) => totp(secret, later));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code)) ?? '';
};

/** Sets one up on the page. @param {Page} page @returns {Promise<string>} its key */
async function setUp(page) {
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  const picture = dialog.getByRole('img', { name: 'QR code with the key for the app' });
  await picture.waitFor();
  assert.ok(await picture.evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth > 100));
  const secret = (await dialog.locator('.secret code').textContent()) ?? '';
  await dialog.getByLabel('Code that the app shows').fill(wrongCode(secret));
  await dialog.getByRole('button', { name: 'Switch on' }).click();
  await dialog.getByText('The code is wrong, was used before').waitFor();
  await dialog.getByLabel('Code that the app shows').fill(totp(secret));
  await dialog.getByRole('button', { name: 'Switch on' }).click();
  await page.getByRole('dialog', { name: 'Your recovery codes' }).waitFor();
  return secret;
}

/** @param {Page} page */
const shownCodes = (page) => page.getByRole('dialog').getByRole('listitem').allTextContents();

flow('a second factor is set up, asked for, renewed and removed', async (person) => {
  await person.context.addInitScript(() => {
    window.print = () => document.documentElement.setAttribute('data-printed', 'yes');
  });
  const email = address('factor');
  await server.person(email);
  const page = await person.signIn(email, '/account/security');
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  await page.getByRole('dialog').getByLabel('Current password').fill('wrong password');
  await page.getByRole('dialog').getByRole('button', { name: 'Continue' }).click();
  await page.getByText('The current password is wrong.').waitFor();
  await page.keyboard.press('Escape');
  const secret = await setUp(page);

  const codes = await shownCodes(page);
  assert.equal(codes.length, 10);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ]);
  const text = await readFile(await file.path(), 'utf8');
  assert.equal(text, `Recovery codes of TruePort for ${email}\n\n${codes.join('\n')}\n`);
  await page.getByRole('button', { name: 'Print' }).click();
  await page.locator('html[data-printed]').waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.getByText(`Recovery codes of TruePort for ${email}`).isVisible());
  assert.ok(!(await page.getByRole('button', { name: 'Print' }).isVisible()));
  await page.emulateMedia({ media: 'screen' });
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await said(page, 'The second factor is on.');
  await page.getByText('Recovery codes left').waitFor();

  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await firstStep(page, email);
  assert.equal(await page.getByLabel('Code', { exact: true }).getAttribute('autocomplete'), 'one-time-code');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'code', 'one types it at once');
  await secondStep(page, wrongCode(secret));
  await page.getByText('The code is wrong, was used before').waitFor();
  assert.equal(await page.getByLabel('Code', { exact: true }).getAttribute('aria-invalid'), 'true');
  await secondStep(page, totp(secret, 1));
  await heading(page, 'Your organizations');
  await page.goto(`${server.url}/#/account/security`);

  await page.getByRole('button', { name: 'New recovery codes' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await dialog.getByLabel('Code', { exact: true }).fill(codes[0]);
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await page.getByRole('dialog', { name: 'Your recovery codes' }).waitFor();
  const renewed = await shownCodes(page);
  assert.ok(!renewed.some((code) => codes.includes(code)));
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await dialog.getByLabel('Code', { exact: true }).fill(codes[1]);
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByText('The code is wrong, was used before').waitFor();
  await dialog.getByLabel('Code', { exact: true }).fill(renewed[0]);
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await said(page, 'The second factor is removed.');
  await page.getByRole('button', { name: 'Set up a second factor' }).waitFor();
});

flow('a second step that comes to nothing begins again', async (person) => {
  const email = address('second-step');
  const { secret, codes } = await server.factor(await server.person(email));
  const page = await person.open('/sign-in');
  await firstStep(page, email);
  await page.getByRole('button', { name: 'Back to the sign-in' }).click();
  await heading(page, 'Sign in');
  await firstStep(page, email);
  for (let tries = 0; tries < 4; tries += 1) {
    await secondStep(page, wrongCode(secret));
    await page.getByText('The code is wrong, was used before').waitFor();
    assert.equal(await page.getByLabel('Code', { exact: true }).inputValue(), '');
  }
  await secondStep(page, wrongCode(secret));
  await page.getByText('Too many codes were wrong. Sign in again.').waitFor();
  // The server says how long it waits.
  await answerNext(page, '**/global/auth/login', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), expires_in: 0.2 } });
  });
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('The second step took too long. Sign in again.').waitFor();
  // With a code by mail there is a second step as well.
  await page.getByRole('button', { name: 'Code by email' }).click();
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await page.getByLabel('Six-digit code').fill(await server.mail.take(email, /\b(\d{6})\b/));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await heading(page, 'Prove your second factor');
  await secondStep(page, codes[0]);
  await heading(page, 'Your organizations');
});

flow('an invitation is accepted with a second factor', async (person) => {
  const [email, name] = [address('invited'), slug('invites')];
  const tenant = await server.tenant(await server.person(address('invites')), name, name);
  const { codes } = await server.factor(await server.person(email));
  await server.call('POST', '/service/invites', { token: tenant.token, body: { email, role: 'member' } });
  const page = await person.open(`/invite?token=${await server.mail.token(email, 'invite')}`);
  await page.getByRole('button', { name: 'I have an account' }).click();
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in and join' }).click();
  await secondStep(page, codes[0]);
  await page.getByRole('button', { name: 'Accept the invitation' }).click();
  await heading(page, name);
});

flow('who is asked for a second factor sets one up and comes back', async (person) => {
  const [email, name] = [address('asked'), slug('asks')];
  const owner = address('asks');
  const tenant = await server.tenant(await server.person(owner), name, name);
  await server.member(tenant.token, email, 'member');
  const page = await person.signIn(email, `/o/${tenant.slug}`);
  await heading(page, name);
  const enforce = (/** @type {boolean} */ value) =>
    server.call('PUT', '/service/configs/auth.mfa_enforced', { token: tenant.token, body: { value } });
  await enforce(true);
  // On a page of the organization, and on the way into it.
  await page.getByRole('link', { name: 'Members', exact: true }).click();
  await page.getByText('The page you wanted asks for a second factor.').waitFor();
  await heading(page, 'Security');
  await page.goto(`${server.url}/#/o/${tenant.slug}/usage`);
  await page.reload();
  await page.getByText('The page you wanted asks for a second factor.').waitFor();
  await setUp(page);
  const [code] = await shownCodes(page);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await heading(page, 'Usage');

  // A session that is older than the demand has to prove the factor.
  await enforce(false);
  const other = address('older');
  await server.member(tenant.token, other, 'member', 'Olga', 'Older');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await firstStep(page, email);
  await secondStep(page, code);
  await heading(page, name);
  const refusal = {
    status: 403,
    contentType: 'application/problem+json',
    body: JSON.stringify({ status: 403, code: 'mfa_required', detail: 'Prove it.' }),
  };
  await answerNext(page, '**/service/members**', (route) => route.fulfill(refusal));
  await page.getByRole('link', { name: 'Members', exact: true }).click();
  await page.getByText('A second factor is asked for here.').waitFor();
  await signIn(page, other);
  await heading(page, 'Members');
});
