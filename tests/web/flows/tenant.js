// An organization: switching, plan, usage, settings, and being suspended.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { heading, said } from '../lib/browser.js';
import { until } from '../lib/server.js';
import { address, flow, server, slug } from '../lib/stage.js';

flow('organization and environment are switched in the header', async (person) => {
  const email = address('switch');
  const token = await server.person(email);
  const [one, two] = [
    await server.tenant(token, 'Alpha', slug('alpha')),
    await server.tenant(token, 'Beta', slug('beta')),
  ];
  const page = await person.signIn(email);
  await heading(page, 'Your organizations');
  await page.getByRole('link', { name: 'Alpha' }).click();
  await heading(page, 'Alpha');
  await page.getByRole('button', { name: 'Organization: Alpha' }).click();
  await page.getByRole('menuitemradio', { name: 'Beta' }).click();
  await heading(page, 'Beta');
  await page.getByRole('button', { name: 'Environment: Production' }).click();
  await page.getByRole('menuitemradio', { name: 'Staging' }).click();
  await said(page, 'You work in Staging now.');
  await page.reload();
  await page.getByRole('button', { name: 'Environment: Staging' }).waitFor();
  await page.goto(`${server.url}/#/o/${one.slug}`);
  await page.getByRole('button', { name: 'Environment: Production' }).waitFor();
  await page.goto(`${server.url}/#/o/${two.slug}`);
  await page.getByRole('button', { name: 'Environment: Staging' }).waitFor();
  await page.goto(`${server.url}/#/o/no-such-place`);
  await heading(page, 'You are not a member here');
});

flow('an address that is wrong shows what there is, or that there is nothing', async (person) => {
  const email = address('nonsense');
  const tenant = await server.tenant(await server.person(email), 'Nonsense', slug('nonsense'));
  const page = await person.signIn(email, `/o/${tenant.slug}`);
  const at = (/** @type {string} */ path) => page.goto(`${server.url}/#${path}`);
  await at('/o/%E0%A4%A/members');
  await heading(page, 'Nothing here');
  for (const number of ['7', '0', '-1', '1.5', 'nonsense']) {
    await at(`/o/${tenant.slug}/members?page=${number}`);
    await page.getByRole('table', { name: 'Members' }).getByText(email).waitFor();
    await at(`/o/${tenant.slug}`);
    await heading(page, 'Nonsense');
  }
  await at(`/o/${tenant.slug}/audit?from=nonsense&to=2000-13-99`);
  await page.getByRole('table', { name: 'Audit log' }).getByText('Organization created').waitFor();
  await at(`/o/${tenant.slug}/webhooks/nonsense`);
  await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
});

flow('of two organizations that are chosen quickly the second one counts', async (person) => {
  const email = address('quick');
  const token = await server.person(email);
  const [one, two] = [
    await server.tenant(token, 'Slow', slug('slow')),
    await server.tenant(token, 'Quick', slug('quick')),
  ];
  const page = await person.signIn(email);
  await heading(page, 'Your organizations');
  let release = () => {};
  const held = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  let isHeld = false;
  await page.route('**/select-tenant', async (route) => {
    if (route.request().postDataJSON().tenant_id === one.id) {
      isHeld = true;
      await held;
    }
    await route.continue();
  });
  await page.evaluate((path) => {
    location.hash = path;
  }, `/o/${one.slug}`);
  await until('the first one is asked for', () => isHeld);
  await page.evaluate((path) => {
    location.hash = path;
  }, `/o/${two.slug}`);
  await heading(page, 'Quick');
  const answered = page.waitForResponse('**/select-tenant');
  release();
  await answered;
  await page.getByRole('link', { name: 'Members', exact: true }).click();
  await heading(page, 'Members');
  await page.getByRole('button', { name: 'Organization: Quick' }).waitFor();
});

flow('the plan is changed and cancelled', async (person) => {
  const email = address('plan');
  const tenant = await server.tenant(await server.person(email), 'Plans', slug('plans'));
  const page = await person.signIn(email, `/o/${tenant.slug}/plan`);
  await page.getByRole('button', { name: 'Choose Pro' }).click();
  await page.getByRole('dialog', { name: 'Change to Pro?' }).getByText('It costs 299 a month.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Choose Pro' }).click();
  await said(page, 'The plan is Pro now.');
  await page.getByRole('button', { name: 'Cancel at the end' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel at the end' }).click();
  await said(page, 'Pro was cancelled and ends on');
  await page.getByText('The plan ends with this period').waitFor();
  await page.getByRole('button', { name: 'Keep Pro' }).click();
  // That it is kept is no new period, and costs nothing now.
  await page.getByRole('dialog', { name: 'Keep Pro?' }).getByText('Nothing else changes.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep Pro' }).click();
  await said(page, 'Pro stays and renews.');
  await page.getByRole('button', { name: 'Cancel at the end' }).waitFor();
  await page.getByRole('button', { name: 'Cancel now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep Pro' }).click();
  await page.getByRole('button', { name: 'Cancel now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel now' }).click();
  await page.getByRole('button', { name: 'Choose Pro' }).waitFor();
  assert.equal(await page.getByRole('table').getByRole('row').count(), 4);
});

flow('usage is drawn, and told to those who cannot see it', async (person) => {
  const [email, admin] = [address('usage'), await server.admin(address('gateway'))];
  const tenant = await server.tenant(await server.person(email), 'Usage', slug('usage'));
  const { key } = await server.call('POST', '/admin/service-keys', {
    token: admin,
    body: { name: 'usage', scopes: ['usage:write'] },
  });
  const at = `${new Date().toISOString().slice(0, 19)}Z`;
  const page = await person.signIn(email, `/o/${tenant.slug}/usage`);
  await page.getByRole('heading', { name: 'No usage in this time' }).waitFor();
  const events = [{ id: randomUUID(), tenant_id: tenant.id, environment: 'prod', at, requests: 4321, violations: 17 }];
  await server.call('POST', '/internal/usage', { token: key, body: { events } });
  for (const span of ['24 hours', '7 days', '90 days']) {
    await page.getByRole('button', { name: span }).click();
    await page.locator('.uplot canvas').waitFor();
    await page.getByRole('cell', { name: '4,321' }).waitFor();
  }
  await page.getByRole('button', { name: 'Staging' }).click();
  await page.getByRole('heading', { name: 'No usage in this time' }).waitFor();
});

flow('name and billing address are changed, and the organization is closed', async (person) => {
  const email = address('settings');
  const tenant = await server.tenant(await server.person(email), 'Before', slug('settings'));
  const page = await person.signIn(email, `/o/${tenant.slug}/settings`);
  await page.getByLabel('Billing email').fill('nonsense');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('must be an email address').waitFor();
  await page.getByLabel('Billing email').fill('bills@acme.example');
  await page.getByLabel('Name of the organization').fill('After & Co');
  await page.getByRole('button', { name: 'Save' }).click();
  await said(page, 'Saved.');
  await page.getByRole('button', { name: 'Organization: After & Co' }).waitFor();
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('dialog', { name: 'Archive After & Co?' }).getByRole('textbox').fill(tenant.slug);
  await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
  await heading(page, 'Your organizations');
  await page.getByRole('link', { name: 'After & Co' }).click();
  await heading(page, 'This organization is archived');
});

flow('the overview shows plan, use and members, and what happened last to who may read it', async (person) => {
  const [email, guest] = [address('owner'), address('reader')];
  const tenant = await server.tenant(await server.person(email), 'Overview', slug('overview'));
  await server.member(tenant.token, guest, 'member', 'Mia', 'Member');
  const page = await person.signIn(email, `/o/${tenant.slug}`);
  await page.getByRole('link', { name: 'Plan Developer' }).waitFor();
  await page.getByRole('meter', { name: 'Requests in this period' }).waitFor();
  await page.getByRole('link', { name: 'Members 2' }).waitFor();
  await page.getByRole('heading', { name: 'Recent events' }).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Member joined' }).waitFor();
  // That somebody came to work is no news beside it.
  assert.equal(await page.getByText('Began to work').count(), 0);
  await page.getByRole('link', { name: 'All events' }).click();
  await heading(page, 'Audit log');
  await page.getByRole('table').getByText('Began to work').first().waitFor();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in');
  const reader = await person.signIn(guest, `/o/${tenant.slug}`);
  await reader.getByRole('listitem').filter({ hasText: 'Mia Member' }).waitFor();
  assert.equal(await reader.getByText('Recent events').count(), 0);
  assert.equal(await reader.getByText('Invite people').count(), 0);
});

flow('a suspended organization says so, at once and later', async (person) => {
  const [email, admin] = [address('suspended'), await server.admin(address('judge'))];
  const tenant = await server.tenant(await server.person(email), 'Suspended', slug('suspended'));
  const page = await person.signIn(email, `/o/${tenant.slug}`);
  await heading(page, 'Suspended');
  await page.waitForLoadState('networkidle');
  await server.call('PUT', `/admin/tenants/${tenant.id}/status`, {
    token: admin,
    body: { status: 'suspended', reason: 'Unpaid' },
  });
  await page.getByRole('link', { name: 'Members', exact: true }).click();
  await heading(page, 'This organization is suspended');
  await page.reload();
  await heading(page, 'This organization is suspended');
  await server.call('PUT', `/admin/tenants/${tenant.id}/status`, { token: admin, body: { status: 'active' } });
  await page.getByRole('link', { name: 'All organizations' }).click();
  await page.getByRole('link', { name: 'Suspended' }).click();
  await heading(page, 'Suspended');
  // Also in the middle of a form.
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Name of the organization').fill('Renamed');
  await server.call('PUT', `/admin/tenants/${tenant.id}/status`, {
    token: admin,
    body: { status: 'suspended', reason: 'Unpaid' },
  });
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, 'This organization is suspended');
});
