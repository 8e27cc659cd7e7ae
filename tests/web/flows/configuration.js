// The configuration of an organization and of the installation.
import assert from 'node:assert/strict';
import { said } from '../lib/browser.js';
import { address, flow, server, slug } from '../lib/stage.js';

flow('values of an organization are set, explained and taken back', async (person) => {
  const email = address('config');
  const tenant = await server.tenant(await server.person(email), 'Config', slug('config'));
  const page = await person.signIn(email, `/o/${tenant.slug}/configuration`);
  const row = page.locator('.setting', { hasText: 'gateway.requests_per_minute' });
  const input = row.getByRole('textbox');
  await row.getByText('Default').waitFor();
  await input.fill('many');
  await row.getByRole('button', { name: 'Save' }).click();
  await row.locator('.error').waitFor();
  assert.equal(await input.getAttribute('aria-invalid'), 'true');
  await input.fill('600');
  await row.locator('.error').waitFor({ state: 'detached' });
  await input.press('Enter');
  await said(page, 'was saved');
  await row.getByText('Set for the organization').waitFor();

  await page.getByRole('button', { name: 'Only Production' }).click();
  const redact = page.getByRole('switch', { name: 'Take personal data out before a request leaves' });
  await redact.check();
  const other = page.locator('.setting', { hasText: 'gateway.redact_personal_data' });
  await other.getByText('Set for this environment').waitFor();
  await page.getByRole('combobox', { name: 'What becomes of a request that breaks a rule' }).selectOption('log');
  await said(page, '“What becomes of a request that breaks a rule” was saved.');

  await page.getByRole('button', { name: 'More about “Requests a minute' }).click();
  await page.getByRole('menuitem', { name: 'Where it comes from' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('In force').waitFor();
  await dialog.getByText(email).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'More about “Take personal data' }).click();
  await page.getByRole('menuitem', { name: 'Reset' }).click();
  await dialog.getByRole('button', { name: 'Reset' }).click();
  await said(page, 'was reset');
  await other.getByText('Default').waitFor();
  assert.equal(await redact.isChecked(), false);
  await page.getByRole('button', { name: 'All environments' }).click();
  await page.locator('.setting', { hasText: 'branding.notice' }).getByRole('textbox').fill('Closed on <b>Friday</b>.');
  await page.keyboard.press('Enter');
  await page.getByRole('note').getByText('Closed on <b>Friday</b>.').waitFor();
  await page.getByLabel('Search settings').fill('retention.log_days');
  await row.waitFor({ state: 'detached' });
});

flow('the installation locks a value, and organizations see why', async (person) => {
  const email = address('locks');
  const tenant = await server.tenant(await server.admin(email), 'Locks', slug('locks'));
  const page = await person.signIn(email, '/admin/configuration');
  const row = page.locator('.setting', { hasText: 'retention.log_days' });
  await row.getByRole('textbox').fill('30');
  await row.getByRole('button', { name: 'Save' }).click();
  await said(page, 'was saved');
  await row.getByRole('button', { name: 'More about' }).click();
  await page.getByRole('menuitem', { name: 'Lock for organizations' }).click();
  await said(page, 'is locked for organizations');
  await row.getByText('Locked').waitFor();
  // The operator has set it by a flag.
  await page.locator('.setting', { hasText: 'base_url' }).getByText('Fixed by the operator').waitFor();
  await page.goto(`${server.url}/#/o/${tenant.slug}/configuration`);
  await row.getByText('Fixed for all organizations').waitFor();
  assert.equal(await row.getByRole('textbox').isDisabled(), true);
  await page.goto(`${server.url}/#/admin/configuration`);
  await row.getByRole('button', { name: 'More about' }).click();
  await page.getByRole('menuitem', { name: 'Unlock for organizations' }).click();
  await said(page, 'can be changed by organizations');
  await row.getByRole('button', { name: 'More about' }).click();
  await page.getByRole('menuitem', { name: 'Reset' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
  await row.getByText('Default').waitFor();
});
