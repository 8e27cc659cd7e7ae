// The audit of an organization: read, narrowed down, downloaded.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { heading } from '../lib/browser.js';
import { address, flow, server, slug } from '../lib/stage.js';

flow('a long audit is shown page by page, as the server cuts it', async (person) => {
  const email = address('long');
  const tenant = await server.tenant(await server.person(email), 'Long', slug('long'));
  for (let count = 0; count < 26; count += 1)
    await server.call('PATCH', '/service/info', { token: tenant.token, body: { name: `Long ${count}` } });
  const page = await person.signIn(email, `/o/${tenant.slug}/audit?action=tenant.updated`);
  await page.getByText('1–25 of 26').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('26–26 of 26').waitFor();
  await page.getByText(/name: Long 0\b/).waitFor();
  // Another filter begins on the first page.
  await page.getByLabel('Action').selectOption('Organization: all');
  await page.getByText('1–25 of 27').waitFor();
});

flow('the audit is read, narrowed down and downloaded', async (person) => {
  const [email, guest] = [address('audits'), address('guest')];
  const tenant = await server.tenant(await server.person(email), 'Audits', slug('audits'));
  await server.member(tenant.token, guest, 'member');
  const page = await person.signIn(email, `/o/${tenant.slug}/audit`);
  await heading(page, 'Audit log');
  const created = page.getByRole('table').getByText('Organization created');
  await created.waitFor();
  assert.equal(await created.getAttribute('title'), 'tenant.created');
  await page.getByRole('table').getByText('Invitation sent').waitFor();
  await page.getByLabel('Action').selectOption('Invitation sent');
  await created.waitFor({ state: 'detached' });
  await page.getByText('1 entry').waitFor();
  await page.getByText(`email: ${guest}`).waitFor();
  for (const [name, pattern] of /** @type {const} */ ([
    ['CSV', /^id,number,at,.*\r\n[^\n]*invite\.created[^\n]*\r\n$/],
    ['NDJSON', /^\{[^\n]*"invite\.created"[^\n]*\}\n$/],
  ])) {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Download ${name}` }).click(),
    ]);
    assert.equal(file.suggestedFilename(), `audit.${name.toLowerCase()}`);
    assert.match(await readFile(await file.path(), 'utf8'), pattern);
  }
  // What was done to the same thing is a click away.
  await page.getByRole('button', { name: 'Only what was done to inv_' }).click();
  await page.getByLabel('Action').selectOption('All');
  await page.getByRole('table').getByText('Invitation sent').waitFor();
  await page.getByText('1 entry').waitFor();
  await page.getByLabel('Done to', { exact: true }).fill('');
  await page.getByLabel('Action').selectOption('Invitation sent');
  await page.getByText('1 entry').waitFor();
  // The address holds the filter.
  await page.reload();
  await page.getByText('1 entry').waitFor();
  await page.getByLabel('Who').selectOption('The system');
  await page.getByText('Nothing found').waitFor();
  await page.getByLabel('Who').selectOption('All');
  const today = await page.evaluate(() => new Date().toLocaleDateString('sv'));
  await page.getByLabel('From').fill(today);
  await page.getByLabel('To', { exact: true }).fill(today);
  await page.getByText('1 entry').waitFor();
  await page.getByLabel('From').fill('');
  await page.getByLabel('To', { exact: true }).fill('2020-01-01');
  await page.getByText('Nothing found').waitFor();
  await page.getByLabel('To', { exact: true }).fill('');
  await page.getByLabel('Done to', { exact: true }).fill('Not a kind:');
  await page.getByText('must be a kind such as').waitFor();
  await page.getByLabel('Done to', { exact: true }).fill('');
  await page.getByLabel('Action').selectOption('Invitations: all');
  await page.getByText('1 entry').waitFor();

  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in');
  const member = await person.signIn(guest, `/o/${tenant.slug}/audit`);
  await heading(member, 'Nothing here');
});
