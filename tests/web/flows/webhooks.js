// Webhooks: made, tested, looked into, sent again, and given another secret, with a receiver that listens.
import assert from 'node:assert/strict';
import { heading, said } from '../lib/browser.js';
import { Receiver } from '../lib/receiver.js';
import { address, flow, server, slug } from '../lib/stage.js';

flow('a webhook is made, tested, changed, looked into and deleted', async (person) => {
  const receiver = await Receiver.start();
  const email = address('hooks');
  const tenant = await server.tenant(await server.person(email), 'Hooks', slug('hooks'));
  const page = await person.signIn(email, `/o/${tenant.slug}/webhooks`);
  await page.getByText('No webhooks yet').waitFor();
  await page.getByRole('button', { name: 'New webhook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill('nowhere');
  await dialog.getByRole('button', { name: 'Make the webhook' }).click();
  await dialog.getByText('must be an address such as').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'url');
  await dialog.getByLabel('Address').fill(receiver.url);
  await dialog.getByLabel('Description').fill('Our directory');
  await dialog.getByRole('button', { name: 'Only some' }).click();
  await dialog.getByRole('button', { name: 'Make the webhook' }).click();
  await dialog.getByText('must be one or more of the documented event types').waitFor();
  await dialog.getByLabel('Invitation sent').first().check();
  await dialog.getByRole('button', { name: 'Make the webhook' }).click();
  await said(page, 'The webhook “Our directory” was made.');
  const shown = page.getByRole('dialog', { name: 'The secret of “Our directory”' });
  const secret = (await shown.locator('.secret code').textContent()) ?? '';
  assert.match(secret, /^whsec_/);
  await shown.getByText('Standard Webhooks').waitFor();
  // A key that is hit in passing does not lose it.
  for (let times = 0; times < 3; times += 1) await page.keyboard.press('Escape');
  assert.equal(await shown.locator('.secret code').textContent(), secret);
  await shown.getByRole('button', { name: 'I have kept it' }).click();
  await heading(page, 'Our directory');
  assert.ok(!(await page.content()).includes(secret), 'it shows once');

  await page.getByText('No messages yet').waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await said(page, 'The test is on its way');
  await page.getByRole('row', { name: /Test.*Delivered.*204/ }).waitFor();
  assert.ok((await receiver.heard('webhook.test')).genuine(secret));

  // What it wants it is told, and nothing else; what is refused is tried again.
  receiver.status = 500;
  await server.call('PATCH', '/service/info', { token: tenant.token, body: { name: 'Hooked' } });
  await server.call('POST', '/service/invites', { token: tenant.token, body: { email: 'x@y.example', role: 'viewer' } });
  await receiver.heard('invite.created');
  await page.getByRole('button', { name: 'Pending' }).click();
  await page.getByRole('row', { name: /Invitation sent.*The target failed.*500/ }).waitFor();
  await page.getByText('Fails', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Invitation sent' }).click();
  const detail = page.getByRole('dialog', { name: 'Invitation sent' });
  await detail.getByText('"x@y.example"').waitFor();
  await detail.getByRole('row', { name: /500.*The target failed/ }).first().waitFor();
  await page.keyboard.press('Escape');
  await detail.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'All', exact: true }).click();

  receiver.status = 204;
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByRole('button', { name: 'Send again' }).click();
  await said(page, 'The message is sent again.');
  const again = await receiver.heard('webhook.test', 2);
  assert.equal(again.id, receiver.told[0].id);

  await page.getByRole('button', { name: 'More for “Our directory”' }).click();
  await page.getByRole('menuitem', { name: 'New secret' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
  await page.getByText('For 24 hours the old one signs too.').waitFor();
  const other = (await page.locator('.secret code').textContent()) ?? '';
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByText('The old one signs too until').waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  const both = await receiver.heard('webhook.test', 3);
  assert.ok(other !== secret && both.genuine(secret) && both.genuine(other));

  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('Description').fill('Directory 2');
  await page.getByRole('dialog').getByRole('button', { name: 'Everything' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Directory 2');
  await page.getByRole('button', { name: 'More for “Directory 2”' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByRole('dialog', { name: 'Disable the webhook “Directory 2”?' }).getByRole('button', { name: 'Disable' }).click();
  await said(page, 'is disabled');
  await page.getByRole('button', { name: 'Enable' }).click();
  await said(page, 'is enabled');
  await page.getByRole('button', { name: 'More for “Directory 2”' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog', { name: 'Delete the webhook “Directory 2”?' }).getByRole('button', { name: 'Delete' }).click();
  await said(page, 'was deleted');
  await page.getByText('No webhooks yet').waitFor();
  receiver.stop();
});

flow('messages of a webhook are paged by the server, and only admins see webhooks', async (person) => {
  const receiver = await Receiver.start();
  const [email, guest] = [address('pages'), address('guest')];
  const tenant = await server.tenant(await server.person(email), 'Pages', slug('pages'));
  await server.member(tenant.token, guest, 'member');
  const { token } = tenant;
  const hook = await server.call('POST', '/service/webhooks', { token, body: { url: receiver.url, events: ['*'] } });
  for (let count = 0; count < 26; count += 1)
    await server.call('PATCH', '/service/info', { token, body: { name: `Pages ${count}` } });
  await receiver.heard('tenant.updated', 26);
  const path = `/o/${tenant.slug}/webhooks/${hook.id}`;
  const page = await person.signIn(email, path);
  await page.getByText('1–25 of 26').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('26–26 of 26').waitFor();
  await page.reload();
  await page.getByText('26–26 of 26').waitFor();
  await page.getByRole('button', { name: 'Failed' }).click();
  await page.getByText('No message stands so at the moment.').waitFor();
  receiver.status = 410;
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('The receiver answered that it wants no more (410)').waitFor();
  await page.getByRole('row', { name: /Test.*Failed/ }).waitFor();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in');
  const member = await person.signIn(guest, path);
  await heading(member, 'Nothing here');
  assert.equal(await member.getByRole('link', { name: 'Webhooks' }).count(), 0);
  receiver.stop();
});
