// Members and invitations of an organization.
import assert from 'node:assert/strict';
import { heading, said } from '../lib/browser.js';
import { address, flow, server, slug, visitor } from '../lib/stage.js';

/** @param {string} name */
async function company(name) {
  const email = address('owner');
  const token = await server.person(email, 'Olga', 'Owner');
  return { email, ...(await server.tenant(token, name, slug(name.toLowerCase()))) };
}

/** @param {import('../lib/browser.js').Page} page @param {string} who @param {string} action */
async function act(page, who, action) {
  await page.getByRole('button', { name: `Actions for ${who}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

/** Answers a question. @param {import('../lib/browser.js').Page} page @param {string} action */
const answer = (page, action) => page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();

flow('members are found, disabled, enabled and removed', async (person) => {
  const tenant = await company('Members');
  const [max, mia] = [address('max'), address('mia')];
  await server.member(tenant.token, max, 'member', 'Max', 'Meier');
  await server.member(tenant.token, mia, 'viewer', 'Mia', '<img src=x>');
  const page = await person.signIn(tenant.email, `/o/${tenant.slug}/members`);
  await page.getByText('3 entries').waitFor();
  await page.getByText('Mia <img src=x>').waitFor();
  await page.getByLabel('Search by name or email').fill('meier');
  await page.getByText('1 entry').waitFor();
  await page.reload();
  await page.getByText('1 entry').waitFor();
  assert.equal(await page.getByLabel('Search by name or email').inputValue(), 'meier');
  await page.getByLabel('Search by name or email').fill('nobody at all');
  await page.getByText('Nothing fits “nobody at all”.').waitFor();
  await page.getByLabel('Search by name or email').fill('');
  await page.getByText('3 entries').waitFor();

  await act(page, 'Max Meier', 'Disable');
  await answer(page, 'Disable');
  await said(page, 'Max Meier is disabled.');
  await act(page, 'Max Meier', 'Enable');
  await said(page, 'Max Meier is active again.');
  await act(page, 'Max Meier', 'Remove');
  await answer(page, 'Remove');
  await said(page, 'Max Meier was removed.');
  await page.getByText('2 entries').waitFor();
});

flow('the ownership goes to somebody else', async (person) => {
  const tenant = await company('Transfer');
  await server.member(tenant.token, address('next'), 'admin', 'Nora', 'Next');
  const page = await person.signIn(tenant.email, `/o/${tenant.slug}/members`);
  await act(page, 'Nora Next', 'Make owner');
  await answer(page, 'Make owner');
  await page.getByText(`This is not “${tenant.slug}”.`).waitFor();
  await page.getByLabel(`Type “${tenant.slug}” to confirm`).fill(tenant.slug);
  await answer(page, 'Make owner');
  await said(page, 'Nora Next is the owner now.');
  await page.getByRole('row', { name: 'Nora Next' }).getByText('Owner').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Actions for Nora Next' }).count(), 0);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Leave' }).click();
  await answer(page, 'Leave');
  await heading(page, 'Your organizations');
  await said(page, 'You have left Transfer.');
});

flow('many members are shown page by page', async (person) => {
  const tenant = await company('Many');
  for (let index = 0; index < 26; index += 1)
    await server.member(tenant.token, address('many'), 'viewer', `N${index}`, 'Many');
  const page = await person.signIn(tenant.email, `/o/${tenant.slug}/members`);
  await page.getByText('1–25 of 27').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Previous' }).isDisabled(), true);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('26–27 of 27').waitFor();
  assert.equal(await page.getByRole('row').count(), 3);
  await page.goBack();
  await page.goForward();
  await page.getByText('26–27 of 27').waitFor();
});

flow('several are invited at once; invitations are sent again and taken back', async (person) => {
  const tenant = await company('Inviting');
  const [one, two, three] = [address('one'), address('two'), address('three')];
  const page = await person.signIn(tenant.email, `/o/${tenant.slug}/invitations`);
  await page.getByText('No open invitations').waitFor();
  await page.getByRole('button', { name: 'Invite people' }).click();
  await page.getByRole('button', { name: 'Send invitations' }).click();
  await page.getByText('Type at least one address.').waitFor();
  // As mail programs copy them, too.
  await page.getByLabel('Email addresses').fill(`"One, Ann" <${one}>, Two <${two}>\n${three} nonsense ${tenant.email}`);
  await page.getByLabel('Role').selectOption('viewer');
  await page.getByRole('button', { name: 'Send invitations' }).click();
  await said(page, '3 invitations were sent.');
  await page.getByText('nonsense: must be an email address').waitFor();
  await page.getByRole('dialog').getByRole('listitem').filter({ hasText: one }).waitFor();
  await page.getByText(`${tenant.email}: This person is a member of the organization already.`).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  for (const email of [one, two, three]) await server.mail.token(email, 'invite');
  await act(page, one, 'Send again');
  await said(page, `The invitation of ${one} was sent again.`);
  await server.mail.token(one, 'invite');
  await act(page, two, 'Take back');
  await answer(page, 'Take back');
  await said(page, `The invitation of ${two} was taken back.`);
  await page.getByText('2 entries').waitFor();
  // What says so elsewhere leads there.
  await page.getByRole('link', { name: 'Members', exact: true }).click();
  await page.getByRole('link', { name: 'Invite people' }).click();
  await page.getByRole('dialog', { name: 'Invite people to' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('2 entries').waitFor();
});

flow('a viewer is offered nothing that the role does not allow, and a lost role is noticed', async (person) => {
  const tenant = await company('Roles');
  const [viewer, admin] = [address('viewer'), address('admin')];
  await server.member(tenant.token, viewer, 'viewer', 'Vic', 'Viewer');
  await server.member(tenant.token, admin, 'admin', 'Al', 'Admin');
  const page = await person.signIn(viewer, `/o/${tenant.slug}/members`);
  await page.getByText('3 entries').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Actions for/ }).count(), 0);
  assert.equal(await page.getByRole('link', { name: /Invit|Storage/ }).count(), 0);
  await page.goto(`${server.url}/#/o/${tenant.slug}/storage`);
  await heading(page, 'Nothing here');
  await page.goto(`${server.url}/#/o/${tenant.slug}/plan`);
  await page.getByText('Your plan').waitFor();
  assert.equal(await page.getByRole('button', { name: /Choose|Cancel/ }).count(), 0);
  await page.goto(`${server.url}/#/o/${tenant.slug}/configuration`);
  const enforced = page.getByRole('switch', { name: 'Enforce MFA for all users' });
  await enforced.waitFor();
  assert.equal(await enforced.isDisabled(), true);

  const other = await visitor();
  const desk = await other.signIn(admin, `/o/${tenant.slug}/members`);
  await desk.getByText('3 entries').waitFor();
  const people = await server.call('GET', '/service/members', { token: tenant.token });
  const id = people.find((/** @type {{email: string}} */ one) => one.email === admin).user_id;
  await server.call('PATCH', `/service/members/${id}`, { token: tenant.token, body: { role: 'viewer' } });
  await act(desk, 'Vic Viewer', 'Disable');
  await answer(desk, 'Disable');
  await desk.getByText('Your role in this organization does not allow this.').waitFor();
  await answer(desk, 'Cancel');
  await desk
    .getByRole('button', { name: /^Actions for/ })
    .first()
    .waitFor({ state: 'detached' });
  await server.call('DELETE', `/service/members/${id}`, { token: tenant.token });
  await desk.getByRole('link', { name: 'Overview' }).click();
  await heading(desk, 'You are no longer a member');
  await other.leave();
});
