// What the first look costs: few bytes, nothing that jumps, and no request too many on any page.
import assert from 'node:assert/strict';
import { heading, signIn } from '../lib/browser.js';
import { address, flow, server, slug } from '../lib/stage.js';

flow('the first load is small, and nothing moves when it is there', async (person) => {
  const page = await person.context.newPage();
  const session = await person.context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.dataReceived', (event) => {
    bytes += event.encodedDataLength;
  });
  await page.addInitScript(() => {
    const shifts = /** @type {any} */ (window);
    shifts.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.shift += /** @type {any} */ (entry).value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(`${server.url}/`);
  await heading(page, 'Sign in');
  await page.waitForLoadState('networkidle');
  assert.ok(bytes > 10_000 && bytes <= 60 * 1024, `${bytes} bytes`);
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).shift), 0);
  process.stdout.write(`first load: ${bytes} bytes\n`);
});

flow('no page needs more than three requests', async (person) => {
  const email = address('requests');
  const token = await server.admin(email);
  const tenant = await server.tenant(token, 'Requests', slug('requests'));
  const hook = await server.call('POST', '/service/webhooks', {
    token: tenant.token,
    body: { url: 'https://acme.example/hooks', events: ['tenant.archived'] },
  });
  const page = await person.open('/sign-in');
  await signIn(page, email);
  await heading(page, 'Requests');
  await page.waitForLoadState('networkidle');
  const admin = await server.call('GET', '/global/auth/me', { token });
  const paths = [
    '/organizations',
    '/organizations/new',
    '/account',
    '/account/security',
    '/account/sessions',
    `/o/${tenant.slug}/members`,
    `/o/${tenant.slug}/invitations`,
    `/o/${tenant.slug}/usage`,
    `/o/${tenant.slug}/plan`,
    `/o/${tenant.slug}/configuration`,
    `/o/${tenant.slug}/storage`,
    `/o/${tenant.slug}/webhooks`,
    `/o/${tenant.slug}/webhooks/${hook.id}`,
    `/o/${tenant.slug}/audit`,
    `/o/${tenant.slug}/settings`,
    `/o/${tenant.slug}`,
    '/admin',
    '/admin/organizations',
    `/admin/organizations/${tenant.id}`,
    '/admin/users',
    `/admin/users/${admin.id}`,
    '/admin/configuration',
    '/admin/plans',
    '/admin/outbox',
    '/admin/service-keys',
    '/admin/audit',
    '/admin/system',
  ];
  for (const path of paths) {
    person.requests.length = 0;
    await page.evaluate((to) => {
      location.hash = to;
    }, path);
    await page.waitForLoadState('networkidle');
    await page.locator('h1').waitFor();
    await page.locator('[aria-busy="true"], .bone').first().waitFor({ state: 'detached' });
    assert.ok(person.requests.length <= 3, `${path}: ${person.requests.join(', ')}`);
  }
});
