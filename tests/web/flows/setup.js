// The first start of an installation.
import assert from 'node:assert/strict';
import { heading, said } from '../lib/browser.js';
import { PASSWORD, Server } from '../lib/server.js';
import { flow, visitor } from '../lib/stage.js';

flow('the first admin is made by the link of the first start', async () => {
  const fresh = await Server.start();
  try {
    const link = new URL(await fresh.setupLink()).hash.slice(1);
    const first = await visitor(fresh);
    const page = await first.open('/setup?token=wrong');
    const fill = async () => {
      for (const [label, text] of [
        ['First name', 'Ada'],
        ['Last name', 'Lovelace'],
        ['Email address', 'ada@example.com'],
      ])
        await page.getByLabel(label).fill(text);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Create the admin' }).click();
    };
    await fill();
    await page.getByText('start the server again: it makes a new link').waitFor();
    await page.goto(`${fresh.url}/#${link}`);
    await page.reload();
    await fill();
    await heading(page, 'Where people reach it');
    // Who loads the page anew goes on, and does not stand before a link that is used up.
    await page.reload();
    await heading(page, 'Where people reach it');
    // The server of the tests is told its address by a flag.
    await page.getByRole('button', { name: 'Continue' }).click();
    await said(page, 'The address is fixed in the configuration of the server');
    await heading(page, 'The mail server');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Type the name of the mail server, or skip this step.').waitFor();
    await page.getByLabel('Mail server').fill('mail.example.com');
    await page.getByLabel('Port').fill('99999');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('.error').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'port');
    await page.getByLabel('Port').fill('2525');
    await page.getByLabel('Sender of mails').fill('trueport@example.com');
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading(page, 'Try it out');
    assert.equal(await page.getByLabel('To', { exact: true }).inputValue(), 'ada@example.com');
    await page.route('**/admin/mail/test', (route) =>
      route.fulfill({ json: { ok: false, reason: 'unreachable', message: 'The connection failed.' } }),
    );
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Nobody answers there as a mail server.').waitFor();
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    assert.equal(await page.getByLabel('Mail server').inputValue(), 'mail.example.com');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Finish' }).click();
    await heading(page, 'Dashboard');
    await said(page, 'All set.');
    assert.match(await fresh.command('config', 'get', 'smtp.host'), /mail\.example\.com/);
    await first.leave();
  } finally {
    await fresh.stop();
  }
});
