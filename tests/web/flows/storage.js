// Where an organization keeps its exports.
import assert from 'node:assert/strict';
import { said } from '../lib/browser.js';
import { address, flow, server, slug } from '../lib/stage.js';

flow('a store is set, tested and forgotten', async (person) => {
  const email = address('store');
  const tenant = await server.tenant(await server.person(email), 'Store', slug('store'));
  const page = await person.signIn(email, `/o/${tenant.slug}/storage`);
  await page.getByText('Nothing is set yet').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('is missing').first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'bucket');
  await page.getByLabel('Bucket').fill('acme-logs');
  await page.getByLabel('Region').fill('us-east-1');
  await page.getByLabel('Endpoint').fill('http://127.0.0.1:9');
  await page.getByLabel('Access key ID').fill('AKIAIOSFODNN7EXAMPLE');
  await page.getByLabel('Secret access key', { exact: true }).fill('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
  await page.getByRole('button', { name: 'Save' }).click();
  await said(page, 'The store is saved.');
  await page.getByRole('button', { name: 'Test' }).click();
  await page.locator('.note.bad').waitFor();
  // A secret never comes back; left empty it stays.
  assert.equal(await page.getByLabel('Secret access key', { exact: true }).inputValue(), '');
  await page.getByText('Left empty, what is stored stays.').first().waitFor();
  const test = page.getByRole('button', { name: 'Test' });
  await page.getByLabel('Region').fill('eu-central-1');
  assert.equal(await test.isDisabled(), true, 'what is stored is tested, so it is stored first');
  await page.getByRole('button', { name: 'Save' }).click();
  await test.click();

  await page.getByLabel('Kind of store').selectOption('LOCAL');
  await page.getByRole('button', { name: 'Save' }).click();
  await test.click();
  await page.getByText('It works: an object was written, read and deleted.').waitFor();
  await page.getByRole('button', { name: 'Forget' }).click();
  await page
    .getByRole('dialog', { name: 'Forget Folder on the server?' })
    .getByRole('button', { name: 'Forget' })
    .click();
  await said(page, 'The store and its credentials are forgotten.');
  await page.getByText('Nothing is set yet').waitFor();
});
