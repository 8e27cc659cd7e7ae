// The narrowest screens, the longest names and the longest language; also what a zoom of 400 % makes of a wide screen.
import assert from 'node:assert/strict';
import { address, flow, server, slug, visitor } from '../lib/stage.js';
import { PASSWORD } from '../lib/server.js';

const LONG = 'Verkehrsüberwachungszweckverband Niederösterreich-Mitte und Partner GmbH & Co. KGaA';

flow('nothing is wider than the narrowest screen, with long names in German', async () => {
  const email = `${address('somebody.who.has.a.great.many.names').split('@')[0]}@an-even-longer-subdomain.example.org`;
  const owner = await server.person(email, 'Maximiliane-Alexandra-Theodora', 'von Hohenlohe-Waldenburg-Schillingsfürst');
  const tenant = await server.tenant(owner, LONG, slug('long-names-have-long-short-names-as-well-up-to-a-limit'));
  const { token } = tenant;
  await server.call('POST', '/service/invites', { token, body: { email: `i.${email}`, role: 'viewer' } });
  const url = `http://127.0.0.1:9/${'a-long-path-without-an-end/'.repeat(4)}`;
  const hook = await server.call('POST', '/service/webhooks', { token, body: { url, events: ['*'], description: LONG } });
  const reader = await visitor(server, { locale: 'de-DE', viewport: { width: 320, height: 700 } });
  const page = await reader.open('/sign-in');
  await page.getByLabel('E-Mail-Adresse').fill(email);
  await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await page.getByRole('button', { name: 'Konto' }).waitFor();
  const base = `/o/${tenant.slug}`;
  const names = ['members', 'invitations', 'usage', 'plan', 'configuration', 'storage', 'webhooks', 'audit', 'settings'];
  /** @type {string[]} */
  const wide = [];
  for (const path of [
    base,
    ...names.map((name) => `${base}/${name}`),
    `${base}/webhooks/${hook.id}`,
    '/organizations',
    '/organizations/new',
    '/account',
    '/account/security',
    '/account/sessions',
  ]) {
    await page.evaluate((to) => {
      location.hash = to;
    }, path);
    await page.locator('h1').waitFor();
    await page.waitForLoadState('networkidle');
    await page.locator('.bone').first().waitFor({ state: 'detached' });
    // What is beside the screen, and what lies over something else in the header.
    const found = await page.evaluate(() => {
      const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      // Where a part of the header ends with all that is in it.
      const ends = (/** @type {Element} */ part) =>
        Math.max(...[part, ...part.querySelectorAll('*')].map((one) => one.getBoundingClientRect().right));
      const parts = [...document.querySelectorAll('.top > *')].filter((part) => part.getBoundingClientRect().width);
      const laps = parts.slice(1).some((part, index) => part.getBoundingClientRect().left < ends(parts[index]) - 1);
      return [over > 0 && `${over} too wide`, laps && 'the header overlaps'].filter(Boolean).join(', ');
    });
    if (found) wide.push(`${path}: ${found}`);
  }
  await reader.leave();
  assert.deepEqual(wide, []);
});
