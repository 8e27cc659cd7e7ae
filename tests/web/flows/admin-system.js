// The installation as platform admins see it: figures over time, the audit and its chains, the system page, test messages.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { heading, said } from '../lib/browser.js';
import { PASSWORD, Server, until } from '../lib/server.js';
import { address, flow, server, slug, visitor } from '../lib/stage.js';

/** @param {import('../lib/browser.js').Page} page @param {string} action */
const answer = (page, action) => page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();

flow('the dashboard shows figures over time, with one request for each chart', async (person) => {
  const admin = address('boss');
  await server.tenant(await server.admin(admin), 'Counted', slug('counted'));
  const page = await person.signIn(admin, '/organizations');
  person.requests.length = 0;
  await page.goto(`${server.url}/#/admin`);
  await heading(page, 'Dashboard');
  await page.locator('.chart canvas').first().waitFor();
  assert.deepEqual(person.requests.sort(), ['GET /admin/stats', 'GET /admin/stats/series', 'GET /admin/stats/series']);
  await page.getByRole('button', { name: 'Sign-ins' }).click();
  await page.getByRole('table', { name: 'Sign-ins as a table' }).waitFor({ state: 'attached' });
  person.requests.length = 0;
  await page.getByLabel('Time', { exact: true }).selectOption({ label: '7 days, by the hour' });
  await page.getByText('Each bar is an hour.').waitFor();
  await page.getByRole('button', { name: 'People' }).click();
  await page.getByRole('table', { name: 'People as a table' }).waitFor({ state: 'attached' });
  assert.equal(person.requests.length, 3);
});

flow('the days below a chart are those of its bars, wherever the reader is', async (person) => {
  const admin = address('boss');
  await server.tenant(await server.admin(admin), 'Days', slug('days'));
  await person.context.addInitScript(() => {
    const drawn = /** @type {string[]} */ ((/** @type {any} */ (window).drawn = []));
    const draw = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function fillText(text, ...place) {
      drawn.push(text);
      return draw.call(this, text, ...place);
    };
  });
  const page = await person.signIn(admin, '/admin');
  await page.locator('.chart canvas').first().waitFor();
  await page.evaluate(() => /** @type {any} */ (window).drawn.splice(0));
  await page.getByLabel('Time', { exact: true }).selectOption({ label: '7 days, by day' });
  const days = Array.from({ length: 7 }, (_, ago) =>
    new Date(Date.now() - ago * 86_400_000).toLocaleString('en', { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  );
  const named = await until('days are drawn', async () => {
    const drawn = await page.evaluate(() => /** @type {string[]} */ (/** @type {any} */ (window).drawn));
    const found = drawn.filter((text) => /^[A-Z]/.test(text));
    return found.length > 2 && found;
  });
  assert.deepEqual(
    named.filter((day) => !days.includes(day)),
    [],
  );
});

flow('an address that makes no sense shows something that does', async (person) => {
  const admin = address('boss');
  await server.tenant(await server.admin(admin), 'Sense', slug('sense'));
  const page = await person.signIn(admin, '/admin/audit?from=yesterday&page=x');
  await page.getByRole('row').nth(1).waitFor();
  await page.goto(`${server.url}/#/admin/users?page=99999`);
  await page.getByRole('row').nth(1).waitFor();
  await page.goto(`${server.url}/#/admin/users/usr_nobody`);
  await page.getByText('There is nothing here under this name.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
});

flow('the audit of the installation is filtered, downloaded, and known to be whole', async (person) => {
  const [admin, owner] = [address('boss'), address('seen')];
  await server.admin(admin);
  const name = slug('seen');
  const tenant = await server.tenant(await server.person(owner, 'Sue', 'Seen'), `The ${name} company`, name);
  await server.member(tenant.token, address('member'), 'viewer');
  const page = await person.signIn(admin, '/organizations');
  person.requests.length = 0;
  await page.goto(`${server.url}/#/admin/audit`);
  await heading(page, 'Audit log');
  await page.getByText('As sealed').waitFor();
  await page.getByRole('row').nth(1).waitFor();
  assert.deepEqual(person.requests.sort(), ['GET /admin/audit-events', 'GET /admin/audit-events/state']);
  // What this page does not look at, it says.
  await page.getByText('This page looks at the ends of the chains alone.').waitFor();
  await page.getByText('trueport audit verify').waitFor();
  // An organization and a person are found by their names.
  await page.getByLabel('Organization', { exact: true }).fill(name);
  await page.locator(`datalist option[value="The ${name} company (${name})"]`).waitFor({ state: 'attached' });
  await page.getByLabel('Organization', { exact: true }).fill(`The ${name} company (${name})`);
  await page.getByLabel('Action').selectOption({ label: 'Organization created' });
  await page.getByText('1 entry').waitFor();
  assert.match(page.url(), new RegExp(`tenant_id=${tenant.id}`));
  await page.getByRole('row').getByRole('link', { name: `The ${name} company` }).waitFor();
  await page.getByLabel('Action').selectOption('');
  await page.getByLabel('A certain person').fill(owner);
  await page.locator(`datalist option[value="${owner}"]`).waitFor({ state: 'attached' });
  await page.getByLabel('A certain person').fill('');
  await page.getByLabel('A certain person').fill(owner);
  await page.getByRole('row').getByText('Invitation sent').first().waitFor();
  await page.getByLabel('Done to', { exact: true }).fill('x y');
  await page.getByText('Nothing found').waitFor();
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await page.getByRole('row').nth(5).waitFor();
  await page.goto(`${server.url}/#/admin/organizations/${tenant.id}`);
  await page.getByRole('link', { name: 'What happened here' }).click();
  await heading(page, 'Audit log');
  await page.getByRole('row').getByText('Invitation sent').waitFor();
  for (const format of ['CSV', 'NDJSON']) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Download ${format}` }).click(),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    assert.ok(text.includes('invite.created') && !text.includes('admin.denied'), text);
    await said(page, `audit.${format.toLowerCase()} was downloaded.`);
  }
});

flow('a chain that somebody has changed is named, with what to do', async (person) => {
  const admin = address('boss');
  await server.admin(admin);
  const tenant = await server.tenant(await server.token(admin), 'Changed', slug('changed'));
  const page = await person.signIn(admin, '/organizations');
  await page.route('**/admin/audit-events/state', (route) =>
    route.fulfill({
      json: { chains: 3, unlinked: 0, sealed_at: '2026-01-15T10:30:00Z', seal_holds: false, broken: [tenant.id] },
    }),
  );
  await page.goto(`${server.url}/#/admin/audit`);
  await page.getByText('Somebody has changed or deleted events').waitFor();
  await page.getByText('What to do now').waitFor();
  await page.getByRole('link', { name: `The chain of the organization ${tenant.id}` }).waitFor();
  await page.goto(`${server.url}/#/admin/system`);
  await page.getByText('Somebody has changed the audit in the database.').waitFor();
});

flow('the system page tells how everything is, and what a job failed at', async (person) => {
  const admin = address('boss');
  await server.admin(admin);
  const page = await person.signIn(admin, '/organizations');
  person.requests.length = 0;
  await page.goto(`${server.url}/#/admin/system`);
  await heading(page, 'System');
  await page.getByText('The server reads and writes.').waitFor();
  await page.getByText('There is none in the folder “backups” of the data folder.').waitFor();
  await page.getByRole('row', { name: /Audit/ }).getByText('Runs').waitFor();
  await page.waitForLoadState('networkidle');
  assert.deepEqual(person.requests.sort(), ['GET /admin/audit-events/state', 'GET /admin/installation']);
  await page.route('**/admin/installation', async (route) => {
    const reply = await route.fetch();
    const body = await reply.json();
    body.jobs[0].failed_at = '2126-01-15T10:30:00Z';
    body.jobs[0].failure = "The server's disk is full. Nothing was changed. Try again when there is room.";
    body.mail_server = null;
    body.exports_failing = 2;
    await route.fulfill({ response: reply, json: body });
  });
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('1 job failed the last time.').waitFor();
  await page.getByText('The disk was full. Make room; it goes on by itself.').waitFor();
  await page.getByText('No mail server is set: mails wait until there is one.').waitFor();
  await page.getByText('The exports of 2 organizations have failed for a day.').waitFor();
});

flow('a test message tells what the mail server says', async (person) => {
  const [admin, to] = [address('boss'), address('mailbox')];
  await server.admin(admin);
  const page = await person.signIn(admin, '/admin/system');
  await page.getByRole('button', { name: 'Send a test message' }).click();
  assert.equal(await page.getByLabel('To', { exact: true }).inputValue(), admin);
  await page.getByLabel('To', { exact: true }).fill('nobody');
  await answer(page, 'Send');
  await page.getByRole('dialog').getByText('must be an email address').waitFor();
  await page.getByLabel('To', { exact: true }).fill(to);
  await answer(page, 'Send');
  await page.getByText(`The mail server took the message to ${to}.`).waitFor();
  await until('the message arrives', () => server.mail.mails.some((mail) => mail.to === to));
  await answer(page, 'Done');
  await page.goto(`${server.url}/#/admin/configuration`);
  await page.getByRole('button', { name: 'Send a test message' }).click();
  await page.route('**/admin/mail/test', (route) =>
    route.fulfill({ json: { ok: false, reason: 'sign_in', message: 'The server refused the sign-in: 535 no.' } }),
  );
  await answer(page, 'Send');
  await page.getByText('The mail server does not accept the user name and password').waitFor();
  await page.getByText('What the server said').click();
  await page.getByText('535 no').waitFor();
});

flow('every session of the installation ends, the own one too', async () => {
  const other = await Server.start();
  const person = await visitor(other);
  try {
    const [admin, email] = [address('boss'), address('somebody')];
    await other.admin(admin);
    const token = await other.person(email);
    const page = await person.signIn(admin, '/admin/system');
    await page.getByRole('button', { name: 'End every session' }).click();
    const { host } = new URL(other.url);
    await page.getByRole('dialog', { name: `End every session of ${host}?` }).waitFor();
    await answer(page, 'End every session');
    await page.getByText(`This is not “${host}”.`).waitFor();
    await page.getByRole('dialog').getByRole('textbox').fill(host);
    await answer(page, 'End every session');
    await heading(page, 'Sign in');
    await said(page, 'Every session has ended.');
    await assert.rejects(other.call('GET', '/global/auth/me', { token }), /401/);
    await person.leave();
  } finally {
    await other.stop();
  }
});

flow('nothing of the administration is wider than the screen, with long names in German', async () => {
  const admin = address('boss');
  await server.admin(admin);
  const email = `${address('somebody.who.has.a.great.many.names').split('@')[0]}@an-even-longer-subdomain.example.org`;
  const owner = await server.person(email, 'Maximiliane-Alexandra-Theodora', 'von Hohenlohe-Waldenburg-Schillingsfürst');
  const name = 'Verkehrsüberwachungszweckverband Niederösterreich-Mitte und Partner GmbH & Co. KGaA';
  const tenant = await server.tenant(owner, name, slug('long-names-have-long-short-names-up-to-a-limit'));
  const { id } = await server.call('GET', '/global/auth/me', { token: owner });
  const reader = await visitor(server, { locale: 'de-DE' });
  const page = await reader.open('/admin');
  await page.getByLabel('E-Mail-Adresse').fill(admin);
  await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await heading(page, 'Übersicht');
  const names = ['configuration', 'plans', 'outbox', 'service-keys', 'audit', 'system'];
  const lists = ['', '/organizations', `/organizations/${tenant.id}`, '/users', `/users/${id}`];
  /** @type {string[]} */
  const wide = [];
  for (const path of [...lists, ...names.map((one) => `/${one}`)]) {
    await page.evaluate((to) => {
      location.hash = to;
    }, `/admin${path}`);
    await page.locator('h1').waitFor();
    await page.waitForLoadState('networkidle');
    await page.locator('.bone').first().waitFor({ state: 'detached' });
    for (const width of [320, 740, 961, 1100]) {
      await page.setViewportSize({ width, height: 800 });
      const over = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('.card')].some(
          (part) => part.scrollWidth > part.clientWidth + 1,
        ),
      );
      if (over) wide.push(`${path} at ${width}`);
    }
  }
  await reader.leave();
  assert.deepEqual(wide, []);
});
