// What holds a session together: several tabs, an end from outside, a server that goes away.
import assert from 'node:assert/strict';
import { answerNext, heading, signIn } from '../lib/browser.js';
import { address, flow, server, slug } from '../lib/stage.js';

for (const [kind, prepare] of /** @type {const} */ ([
  ['', () => {}],
  // As on a page without https, which has neither.
  [
    ', also where a browser has no locks',
    () => {
      for (const name of ['locks', 'clipboard'])
        Object.defineProperty(Navigator.prototype, name, { get: () => undefined });
    },
  ],
]))
  flow(`two tabs renew their tokens at once${kind}`, async (person) => {
    await person.context.addInitScript(prepare);
    const email = address('tabs');
    await server.tenant(await server.person(email), 'Tabs', slug('tabs'));
    const first = await person.signIn(email);
    await heading(first, 'Tabs');
    const second = await person.open('/');
    await heading(second, 'Tabs');
    for (let round = 0; round < 4; round += 1) {
      await Promise.all([first.reload(), second.reload()]);
      await Promise.all([heading(first, 'Tabs'), heading(second, 'Tabs')]);
    }
    // Both hold an access token that is refused, and ask at the same moment.
    const refusal = {
      status: 401,
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 401, code: 'unauthorized', detail: 'Expired.' }),
    };
    for (const tab of [first, second]) {
      await answerNext(tab, '**/service/members**', (route) => route.fulfill(refusal));
      await answerNext(tab, '**/global/auth/select-tenant', (route) => route.fulfill(refusal));
    }
    person.requests.length = 0;
    await Promise.all([first, second].map((tab) => tab.getByRole('link', { name: 'Members', exact: true }).click()));
    await Promise.all([first, second].map((tab) => tab.getByRole('cell', { name: email }).waitFor()));
    assert.equal(person.requests.filter((request) => request.endsWith('/refresh')).length, 2);
    await Promise.all([first.reload(), second.reload()]);
    await Promise.all([heading(first, 'Members'), heading(second, 'Members')]);
  });

flow('a session that was ended asks to sign in, and goes on where it was', async (person) => {
  const email = address('expired');
  await server.person(email);
  const page = await person.signIn(email, '/account/sessions');
  await server.command('user', 'end-sessions', '--email', email);
  await page.reload();
  await heading(page, 'Sign in');
  await signIn(page, email);
  await heading(page, 'Sessions');
  await server.command('user', 'end-sessions', '--email', email);
  await page.getByRole('link', { name: 'Profile' }).click();
  await page.getByRole('link', { name: 'Sessions' }).click();
  await page.getByText('Your session has ended.').waitFor();
  await signIn(page, email);
  await heading(page, 'Sessions');
});

flow('what was typed when the session ended is there again, for that person alone', async (person) => {
  const [email, other] = [address('typed'), address('other')];
  const tenant = await server.tenant(await server.person(email), 'Typed', slug('typed'));
  await server.member(tenant.token, other, 'admin', 'Otto', 'Other');
  const page = await person.signIn(email, `/o/${tenant.slug}/invitations`);
  const open = async () => {
    await page.getByRole('button', { name: 'Invite people' }).first().click();
    return page.getByLabel('Email addresses').inputValue();
  };
  assert.equal(await open(), '');
  await page.getByLabel('Email addresses').fill('one@long.example two@list.example');
  await server.command('user', 'end-sessions', '--email', email);
  await page.getByRole('button', { name: 'Send invitations' }).click();
  await page.getByText('Your session has ended.').waitFor();
  await signIn(page, email);
  assert.equal(await open(), 'one@long.example two@list.example');
  await server.command('user', 'end-sessions', '--email', email);
  await page.getByRole('button', { name: 'Send invitations' }).click();
  await page.getByText('Your session has ended.').waitFor();
  await signIn(page, other);
  assert.equal(await open(), '');
});

flow('who signs out or in is so in every tab', async (person) => {
  const [email, other] = [address('leaves'), address('comes')];
  await server.person(email);
  await server.person(other, 'Otto', 'Other');
  const first = await person.signIn(email, '/account');
  const second = await person.open('/account');
  await heading(second, 'Profile');
  await first.getByRole('button', { name: 'Account' }).click();
  await first.getByRole('menuitem', { name: 'Sign out' }).click();
  await second.getByText('You signed out in another tab.').waitFor();
  await signIn(first, other);
  await second.getByLabel('First name').waitFor();
  assert.equal(await second.getByLabel('First name').inputValue(), 'Otto');
});

flow('another person in the cookie does not mix with the one on the screen', async (person) => {
  const [email, other] = [address('before'), address('after')];
  await server.person(email, 'Before', 'B');
  await server.person(other, 'After', 'A');
  const page = await person.signIn(email, '/account');
  // The cookie changes hands without the tab hearing of it.
  await page.evaluate(
    async ([address_, password]) => {
      const headers = { 'content-type': 'application/json', 'x-trueport-session': 'cookie' };
      await fetch('/platform/api/global/auth/login', {
        method: 'POST',
        headers,
        body: JSON.stringify({ email: address_, password }),
      });
    },
    [other, 'SecurePassword123!'],
  );
  await server.command('user', 'end-sessions', '--email', email);
  await page.getByRole('link', { name: 'Sessions' }).click();
  await page.locator('.avatar[data-text="AA"]').waitFor();
  await page.getByRole('link', { name: 'Profile' }).click();
  await page.getByLabel('First name').waitFor();
  assert.equal(await page.getByLabel('First name').inputValue(), 'After');
});

flow('a server that goes away is waited for', async (person) => {
  const email = address('away');
  await server.tenant(await server.person(email), 'Away', slug('away'));
  const page = await person.signIn(email);
  await heading(page, 'Away');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Name of the organization').waitFor();
  await server.halt();
  await page.getByLabel('Name of the organization').fill('Back');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The server could not be reached. Try again in a moment.').waitFor();
  await page.getByText('The server cannot be reached. Trying again').waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await heading(page, 'Away');
  // A page whose file is not here yet comes as well, when the server does.
  await page.getByRole('link', { name: 'Usage' }).click();
  await server.run();
  await page.getByText('The server cannot be reached. Trying again').waitFor({ state: 'detached' });
  await heading(page, 'Usage');
  await page.getByRole('link', { name: 'Overview' }).click();
  // The reads that waited are answered by themselves.
  await page.getByText('Developer').waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Name of the organization').fill('Back');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
});

flow('what was typed is there when the server is back', async (person) => {
  const [email, guest] = [address('typing'), address('guest')];
  const tenant = await server.tenant(await server.person(email), 'Typing', slug('typing'));
  const page = await person.signIn(email, `/o/${tenant.slug}/invitations`);
  await page.getByRole('button', { name: 'Invite people' }).first().click();
  await page.getByLabel('Email addresses').fill(guest);
  await server.halt();
  const send = page.getByRole('button', { name: 'Send invitations' });
  await send.click();
  await page.getByText(`${guest}: The server could not be reached.`).waitFor();
  assert.equal(await page.getByLabel('Email addresses').inputValue(), guest);
  await server.run();
  await page.getByText('The server cannot be reached. Trying again').waitFor({ state: 'detached' });
  await send.click();
  await page.getByText('1 invitation was sent.').waitFor();
});

flow('no token is kept where scripts of another day could read it', async (person) => {
  const email = address('storage');
  await server.tenant(await server.person(email), 'Kept', slug('kept'));
  const page = await person.signIn(email);
  await heading(page, 'Kept');
  const kept = await page.evaluate(async () =>
    JSON.stringify([
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      document.cookie,
      await indexedDB.databases(),
      await caches.keys(),
    ]),
  );
  assert.equal(kept, '[[["trueport.signed-in","yes"]],[],"",[],[]]');
  const cookies = await person.context.cookies();
  assert.deepEqual(
    cookies.map(({ name, httpOnly, sameSite, path }) => [name, httpOnly, sameSite, path]),
    [['trueport_refresh', true, 'Strict', '/platform/api/global/auth']],
  );
});

flow('a list that does not load says so, and loads when asked again', async (person) => {
  const email = address('fails');
  await server.tenant(await server.person(email), 'Fails', slug('fails'));
  const page = await person.signIn(email);
  await heading(page, 'Fails');
  const body = JSON.stringify({
    status: 503,
    code: 'unavailable',
    detail: 'The server cannot store or read its data at the moment. Try again later.',
    request_id: 'req-1',
  });
  await answerNext(page, '**/service/members**', (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body }),
  );
  person.expects(/status of 503/);
  await page.getByRole('link', { name: 'Members', exact: true }).click();
  await page.getByRole('alert').getByText('The server cannot store or read its data').waitFor();
  await page.getByText('req-1').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('1 entry').waitFor();
});
