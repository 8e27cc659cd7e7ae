// What platform admins do.
import assert from 'node:assert/strict';
import { heading, said } from '../lib/browser.js';
import { Server, freePort } from '../lib/server.js';
import { address, flow, server, slug, visitor } from '../lib/stage.js';

/** @param {import('../lib/browser.js').Page} page @param {string} action */
const answer = (page, action) => page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();

flow('organizations are found, suspended, activated and given another plan and owner', async (person) => {
  const [admin, owner, next] = [address('boss'), address('tenant-owner'), address('tenant-next')];
  await server.admin(admin);
  const name = slug('findable');
  const tenant = await server.tenant(await server.person(owner), `The ${name} company`, name);
  await server.member(tenant.token, next, 'member');
  const page = await person.signIn(admin);
  await heading(page, 'Dashboard');
  await page.getByText('in the last 24 hours').first().waitFor();
  await page.getByRole('link', { name: 'Organizations', exact: true }).click();
  await page.getByLabel('Search by name').fill(name);
  await page.getByText('1 entry').waitFor();
  await page.getByRole('button', { name: 'Suspended' }).click();
  await page.getByText('Nothing found').waitFor();
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await page.getByRole('link', { name: `The ${name} company` }).click();
  await heading(page, `The ${name} company`);
  await page.getByRole('button', { name: 'Suspend' }).click();
  await page.getByLabel('Reason').fill('Payment overdue');
  await answer(page, 'Suspend');
  await said(page, 'is suspended');
  await page.getByText('Payment overdue').waitFor();
  await page.getByRole('button', { name: 'Activate' }).click();
  await answer(page, 'Activate');
  await said(page, 'is active');

  await page.getByRole('button', { name: 'Change' }).first().click();
  await page.getByRole('dialog').getByLabel('Plan').selectOption({ label: 'Enterprise' });
  await answer(page, 'Save');
  await said(page, 'is on Enterprise now');
  await page.getByRole('button', { name: 'Change' }).last().click();
  await page.getByLabel('Email address of the new owner').fill('nobody@nowhere.example');
  await answer(page, 'Save');
  await page.getByText('There is no account with this address.').waitFor();
  await page.getByLabel('Email address of the new owner').fill(admin);
  await answer(page, 'Save');
  await page.getByText(`${admin} is no member of`).waitFor();
  await page.getByLabel('Email address of the new owner').fill(next);
  await answer(page, 'Save');
  await page.getByRole('link', { name: next }).waitFor();

  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(name);
  await answer(page, 'Archive');
  await said(page, 'is archived');
});

flow('people are found, disabled, promoted, unlocked and signed out', async (person) => {
  const [admin, email] = [address('boss'), address('somebody')];
  await server.admin(admin);
  await server.person(email, 'Sam', 'Somebody');
  const page = await person.signIn(admin, '/admin/users');
  await page.getByLabel('Search by email').fill(email);
  await page.getByText('1 entry').waitFor();
  await page.getByRole('link', { name: 'Sam Somebody' }).click();
  await heading(page, 'Sam Somebody');
  const choose = async (/** @type {string} */ action) => {
    await page.getByRole('button', { name: 'Actions for Sam Somebody' }).click();
    await page.getByRole('menuitem', { name: action, exact: true }).click();
  };
  await choose('End all sessions');
  await answer(page, 'End all sessions');
  await said(page, 'Every session of Sam Somebody has ended.');
  await page.getByText('Signed in nowhere.').waitFor();
  await choose('Unlock');
  await said(page, 'Sam Somebody can try to sign in again.');
  await choose('Make platform admin');
  await answer(page, 'Make platform admin');
  await page.getByText('Nobody has proved that the address of this account is theirs.').waitFor();
  const token = await server.mail.token(email, 'verify-email');
  await server.call('POST', '/global/auth/verify-email', { body: { token } });
  await page.reload();
  await heading(page, 'Sam Somebody');
  for (const [action, done] of [
    ['Disable', 'Sam Somebody is disabled.'],
    ['Enable', 'Sam Somebody is enabled.'],
    ['Make platform admin', 'is a platform admin'],
    ['Take administration', 'is no platform admin any more'],
  ]) {
    await choose(action);
    await answer(page, action);
    await said(page, done);
  }
});

flow('plans are made, changed and retired', async (person) => {
  const admin = address('boss');
  await server.admin(admin);
  const page = await person.signIn(admin, '/admin/plans');
  await page.getByRole('button', { name: 'New plan' }).click();
  await answer(page, 'Save');
  await page.getByRole('dialog').getByText('must not be empty').waitFor();
  await page.getByLabel('Name').fill('Team');
  await page.getByLabel('Price').fill('cheap');
  await answer(page, 'Save');
  await page.getByText('must be a number, such as 1000').waitFor();
  await page.getByLabel('Price').fill('49,5');
  await page.getByLabel('Features').fill('100,000 req/month\n3 API keys');
  await page.getByLabel('Requests a month').fill('-1');
  await answer(page, 'Save');
  await page.getByText('must not be negative').waitFor();
  await page.getByLabel('Requests a month').fill('100000');
  await answer(page, 'Save');
  await said(page, '“Team” was made.');
  await page.getByRole('row', { name: 'Team' }).getByText('49.50').waitFor();
  await page.getByRole('button', { name: 'Actions for “Team”' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  assert.equal(await page.getByLabel('Requests a month').inputValue(), '100000');
  await page.getByLabel('Organizations can choose it themselves').uncheck();
  await answer(page, 'Save');
  await said(page, '“Team” was changed.');
  await page.getByRole('button', { name: 'Actions for “Team”' }).click();
  await page.getByRole('menuitem', { name: 'Retire' }).click();
  await answer(page, 'Retire');
  await said(page, '“Team” is retired.');
});

flow('service keys are shown once and revoked', async (person) => {
  const admin = address('boss');
  await server.admin(admin);
  const page = await person.signIn(admin, '/admin/service-keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await answer(page, 'Make the key');
  await page.getByRole('dialog').getByText('must not be empty').waitFor();
  await page.getByLabel('Name').fill('gateway-7');
  await page.getByLabel('usage:write').uncheck();
  await answer(page, 'Make the key');
  const key = await page.locator('.secret code').textContent();
  assert.match(key ?? '', /^tpk_/);
  await page.getByRole('button', { name: 'Copy the key' }).click();
  await answer(page, 'Done');
  await page.getByRole('button', { name: 'Revoke “gateway-7”' }).click();
  await answer(page, 'Revoke');
  await said(page, 'The key “gateway-7” was revoked.');
});

flow('mails are shown, tried again, and their links handed over', async () => {
  // A mail server that nobody answers at.
  const other = await Server.start({ 'smtp.port': await freePort() });
  const person = await visitor(other);
  try {
    const [admin, guest] = [address('boss'), address('waits')];
    const token = await other.admin(admin);
    const tenant = await other.tenant(token, 'Mails', slug('mails'));
    await other.call('POST', '/service/invites', { token: tenant.token, body: { email: guest, role: 'viewer' } });
    const page = await person.signIn(admin, '/admin/outbox');
    await page.getByRole('button', { name: 'Sent', exact: true }).click();
    await page.getByText('No mails').waitFor();
    await page.getByRole('button', { name: 'Waiting', exact: true }).click();
    await page.getByRole('button', { name: `Actions for ${guest}` }).click();
    await page.getByRole('menuitem', { name: 'Try now' }).click();
    await said(page, `The mail to ${guest} is tried again.`);
    await page.getByRole('button', { name: `Actions for ${guest}` }).click();
    await page.getByRole('menuitem', { name: 'Show the link' }).click();
    await answer(page, 'Show the link');
    await page.getByRole('dialog', { name: `The link for ${guest}` }).waitFor();
    const link = await page.locator('.secret code').textContent();
    assert.match(link ?? '', /#\/invite\?token=[\w-]{20,}$/);
    await page.getByRole('button', { name: 'Copy the link' }).click();
    await answer(page, 'Done');
    // Without a mail server there is nothing to try.
    await other.call('DELETE', '/admin/configs/smtp.host', { token });
    await page.reload();
    await page.getByText('No mail server is set: mails wait until there is one.').waitFor();
    await page.getByRole('button', { name: `Actions for ${guest}` }).click();
    await page.getByRole('menuitem', { name: 'Show the link' }).waitFor();
    assert.equal(await page.getByRole('menuitem', { name: 'Try now' }).count(), 0);
    await person.leave();
  } finally {
    await other.stop();
  }
});

flow('who is no admin sees nothing of it', async (person) => {
  const email = address('nobody');
  await server.person(email);
  const page = await person.signIn(email, '/admin/users');
  await heading(page, 'Nothing here');
  person.requests.length = 0;
  await page.goto(`${server.url}/#/admin`);
  await heading(page, 'Nothing here');
  assert.deepEqual(person.requests, []);
  assert.equal(await page.getByRole('link', { name: 'Service keys' }).count(), 0);
});
