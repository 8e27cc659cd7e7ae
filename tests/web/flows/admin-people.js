// What platform admins do for people: accounts and organizations made and deleted, second factors, acting for somebody.
import assert from 'node:assert/strict';
import { heading, said } from '../lib/browser.js';
import { PASSWORD } from '../lib/server.js';
import { address, flow, server, slug } from '../lib/stage.js';

/** @param {import('../lib/browser.js').Page} page @param {string} action */
const answer = (page, action) => page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();

/** @param {import('../lib/browser.js').Page} page @param {string} name @param {string} action */
async function choose(page, name, action) {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

/** The link that a dialog shows. @param {import('../lib/browser.js').Page} page */
async function handedOver(page) {
  await page.getByRole('button', { name: 'Copy the link' }).click();
  const link = (await page.locator('.secret code').textContent()) ?? '';
  assert.match(link, /#\/reset-password\?token=[\w-]{20,}$/);
  await answer(page, 'Done');
  return link;
}

flow('an account is made without a mail, and its link sets the password', async (person) => {
  const [admin, email] = [address('boss'), address('made')];
  await server.admin(admin);
  await server.person(address('taken'));
  const page = await person.signIn(admin, '/admin/users');
  await page.getByRole('button', { name: 'New person' }).click();
  await answer(page, 'Create account');
  await page.getByRole('dialog').getByText('must be an email address').waitFor();
  await page.getByRole('dialog').getByLabel('Email address').fill(admin);
  await answer(page, 'Create account');
  await page.getByRole('dialog').getByText('exists already').waitFor();
  await page.getByRole('dialog').getByLabel('Email address').fill(email);
  await page.getByLabel('First name').fill('Nia');
  await answer(page, 'Create account');
  await said(page, `The account of ${email} was made.`);
  const link = await handedOver(page);
  await page.getByRole('link', { name: 'Nia' }).waitFor();
  const tab = await person.context.newPage();
  await tab.goto(link);
  await tab.getByLabel('New password').fill(PASSWORD);
  await tab.getByRole('button', { name: 'Set the password' }).click();
  await said(tab, 'The new password is set.');
  await server.token(email);
});

flow('an organization is made for somebody, and people who own one are not deleted', async (person) => {
  const [admin, owner, name] = [address('boss'), address('founder'), slug('made')];
  await server.admin(admin);
  const page = await person.signIn(admin, '/admin/organizations');
  await page.getByRole('button', { name: 'New organization' }).click();
  await answer(page, 'Create organization');
  await page.getByRole('dialog').getByText('must not be empty').waitFor();
  await page.getByLabel('Name of the organization').fill('Made for you');
  await page.getByLabel('Short name').fill(name);
  await page.getByRole('dialog').getByLabel('Email address').fill(owner);
  await page.getByLabel('First name').fill('Fay');
  await page.getByLabel('Last name').fill('Founder');
  await answer(page, 'Create organization');
  await said(page, 'Made for you is ready.');
  await handedOver(page);
  await heading(page, 'Made for you');
  await page.getByRole('link', { name: owner }).click();
  await heading(page, 'Fay Founder');
  await choose(page, 'Fay Founder', 'Delete account');
  await page.getByRole('dialog', { name: 'Fay Founder cannot be deleted yet' }).waitFor();
  await page.getByRole('dialog').getByRole('link', { name: 'Made for you' }).click();
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(name);
  await answer(page, 'Archive');
  await said(page, 'is archived');
  await page.getByRole('link', { name: owner }).click();
  await choose(page, 'Fay Founder', 'Delete account');
  await page.getByRole('dialog', { name: 'Delete Fay Founder?' }).getByRole('textbox').fill(owner);
  await answer(page, 'Delete account');
  await said(page, 'Fay Founder was deleted.');
  await heading(page, 'People');
});

flow('a second factor that was lost is reset', async (person) => {
  const [admin, email] = [address('boss'), address('lost')];
  await server.admin(admin);
  await server.factor(await server.person(email, 'Lea', 'Lost'));
  const page = await person.signIn(admin, '/admin/users');
  await page.getByLabel('Search by email').fill(email);
  await page.getByRole('link', { name: 'Lea Lost' }).click();
  await page.getByText('Set up', { exact: false }).first().waitFor();
  await choose(page, 'Lea Lost', 'Reset second factor');
  await answer(page, 'Reset second factor');
  await said(page, 'The second factor of Lea Lost is reset.');
  await page.getByText('none', { exact: true }).waitFor();
  await server.token(email);
});

flow('a platform admin acts for a member, sees so on every page, and ends it', async (person) => {
  const [admin, owner, member] = [address('boss'), address('owner'), address('needs-help')];
  await server.admin(admin);
  const tenant = await server.tenant(await server.person(owner, 'Olga', 'Owner'), 'Helped', slug('helped'));
  await server.member(tenant.token, member, 'admin', 'Hugo', 'Help');
  const page = await person.signIn(admin, '/admin/users');
  await page.getByLabel('Search by email').fill(owner);
  await page.getByRole('link', { name: 'Olga Owner' }).click();
  await page.getByRole('button', { name: 'Act in their name' }).click();
  await answer(page, 'Begin');
  await page.getByRole('dialog').getByText('must be a text of 1 to 500 characters').waitFor();
  await page.getByLabel('Reason').fill('Ticket 4711');
  await answer(page, 'Begin');
  await heading(page, 'Helped');
  const banner = page.getByRole('region', { name: 'Acting in somebody’s name' });
  await banner.getByText('You act in the name of Olga Owner in Helped · 15 minutes left').waitFor();
  // What only an owner may do is not offered, nor what only the person may.
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await heading(page, 'Settings');
  await page.getByLabel('Name of the organization').waitFor();
  assert.equal(await page.getByRole('button', { name: /Archive|Leave/ }).count(), 0);
  await page.getByLabel('Name of the organization').fill('Helped out');
  await page.getByRole('button', { name: 'Save' }).click();
  await said(page, 'Saved.');
  await page.getByRole('link', { name: 'Members', exact: true }).click();
  await page.getByText('Hugo Help').waitFor();
  // The admin's own pages stay the admin's, under the banner.
  await page.goto(`${server.url}/#/account`);
  await banner.waitFor();
  assert.equal(await page.getByLabel('First name').inputValue(), 'Ada');
  await banner.getByRole('button', { name: 'End' }).click();
  await said(page, 'You are yourself again');
  await heading(page, 'Olga Owner');
  assert.equal(await banner.count(), 0);
  await page.goto(`${server.url}/#/o/${tenant.slug}`);
  await heading(page, 'You are not a member here');
  await page.getByText('that ends when the page is loaded anew').waitFor();
  // The organization finds it.
  const { items } = await server.call('GET', '/service/audit-events?action=user.impersonated', { token: tenant.token });
  assert.equal(items[0].changes.reason, 'Ticket 4711');
});

flow('acting for somebody ends with its time', async (person) => {
  const [admin, owner] = [address('boss'), address('owner')];
  await server.admin(admin);
  await server.tenant(await server.person(owner, 'Otto', 'Owner'), 'Timed', slug('timed'));
  const page = await person.open('/admin/users');
  await page.clock.install();
  await page.getByLabel('Email address').fill(admin);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Search by email').fill(owner);
  await page.clock.runFor(1000);
  await page.getByRole('link', { name: 'Otto Owner' }).click();
  await page.getByRole('button', { name: 'Act in their name' }).click();
  await page.getByLabel('Reason').fill('Ticket 4712');
  await answer(page, 'Begin');
  await heading(page, 'Timed');
  await page.clock.fastForward(14 * 60_000);
  await page.getByText('1 minute left').waitFor();
  await page.clock.fastForward(61_000);
  await said(page, 'You no longer act in the name of Otto Owner: that lasts 15 minutes');
  await heading(page, 'Otto Owner');
});
