// Joining an organization by the link of a mail.
import assert from 'node:assert/strict';
import { heading, said } from '../lib/browser.js';
import { PASSWORD } from '../lib/server.js';
import { address, flow, server, slug } from '../lib/stage.js';

/** Invites somebody and returns the path of the link. @param {string} email */
async function invite(email) {
  const tenant = await server.tenant(await server.person(address('host')), 'Hosts & Co', slug('hosts'));
  await server.call('POST', '/service/invites', { token: tenant.token, body: { email, role: 'member' } });
  return `/invite?token=${await server.mail.token(email, 'invite')}`;
}

flow('an invitation is accepted with a new account', async (person) => {
  const email = address('guest');
  const link = await invite(email);
  const page = await person.open(link);
  for (const [label, text] of [
    ['First name', 'Guy'],
    ['Last name', 'Guest'],
    ['Email address', address('another')],
  ])
    await page.getByLabel(label).fill(text);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account and join' }).click();
  await page.getByText('This invitation is meant for another email address.').waitFor();
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Create account and join' }).click();
  await heading(page, 'Hosts & Co');
  await said(page, 'Welcome to Hosts & Co.');
});

flow('an invitation is accepted with an account that one signs in to', async (person) => {
  const email = address('member');
  await server.person(email);
  const page = await person.open(await invite(email));
  await page.getByLabel('Email address').fill(email);
  // What was typed goes along to the other way.
  await page.getByRole('button', { name: 'I have an account' }).click();
  assert.equal(await page.getByLabel('Email address').inputValue(), email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in and join' }).click();
  await heading(page, 'Hosts & Co');
});

flow('an invitation is accepted by who is signed in, and by nobody else', async (person) => {
  const [email, other] = [address('right'), address('wrong')];
  await server.person(email);
  await server.person(other);
  const link = await invite(email);
  const page = await person.signIn(other);
  await page.goto(`${server.url}/#${link}`);
  await page.getByText(`signed in as ${other}`).waitFor();
  await page.getByRole('button', { name: 'Accept the invitation' }).click();
  await page.getByText('This invitation is meant for another email address.').waitFor();
  await page.getByRole('button', { name: 'Use another account' }).click();
  await page.getByRole('button', { name: 'I have an account' }).click();
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in and join' }).click();
  await heading(page, 'Hosts & Co');
  await page.goto(`${server.url}/#${link}`);
  await page.getByRole('button', { name: 'Accept the invitation' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('link', { name: 'Your organizations' }).click();
  await heading(page, 'Your organizations');
});
