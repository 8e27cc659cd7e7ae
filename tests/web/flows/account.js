// A person's own things: registering, signing in, password, address, sessions.
import assert from 'node:assert/strict';
import { heading, said, signIn } from '../lib/browser.js';
import { PASSWORD, until } from '../lib/server.js';
import { address, flow, server, slug, visitor } from '../lib/stage.js';

flow('somebody registers and makes an organization', async (person) => {
  const [email, name] = [address('new'), slug('first-steps')];
  const page = await person.open('/');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await heading(page, 'Create your account');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('must be an email address').waitFor();
  assert.equal(await page.getByLabel('Email address').getAttribute('aria-invalid'), 'true');
  await page.getByLabel('First name').fill('Nia');
  await page.getByLabel('Last name').fill('New');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('must be at least 10 characters').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await heading(page, 'Your organizations');
  await page.getByText('No organization yet').waitFor();

  await page.getByRole('link', { name: 'Or set a new password by mail' }).waitFor();
  const link = await server.mail.token(email, 'verify-email');
  await page.goto(`${server.url}/#/verify-email?token=${link}`);
  await page.getByRole('button', { name: 'Prove the address' }).click();
  await page.getByText('The address is proven.').waitFor();
  await page.getByRole('link', { name: 'Continue' }).click();

  await page.getByRole('link', { name: 'New organization' }).first().click();
  await page.getByLabel('Name of the organization').fill(name.replaceAll('-', ' '));
  await page.getByText(`${name} is free.`).waitFor();
  // What was wrong about a field is no longer said when it is changed.
  await page.getByLabel('Billing email').fill('nonsense');
  await page.getByRole('button', { name: 'Create organization' }).click();
  await page.locator('.error').waitFor();
  await page.getByLabel('Billing email').fill(email);
  await page.locator('.error').waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Billing email').inputValue(), email);
  await page.getByRole('button', { name: 'Create organization' }).click();
  await heading(page, name.replaceAll('-', ' '));
  await said(page, 'is ready');
});

flow('a taken address and a taken slug are told at their fields', async (person) => {
  const [email, taken] = [address('taken'), slug('taken')];
  await server.tenant(await server.person(email), 'Taken', taken);
  const page = await person.open('/register');
  for (const [label, text] of [
    ['First name', 'A'],
    ['Last name', 'B'],
    ['Email address', email],
  ])
    await page.getByLabel(label).fill(text);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('An account with this email address exists already.').waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await signIn(page, email);
  await page.goto(`${server.url}/#/organizations/new`);
  await page.getByLabel('Name of the organization').fill('Another');
  await page.getByLabel('Short name').fill(taken);
  await page.getByText(`${taken} is taken.`).waitFor();
  await page.getByRole('button', { name: 'Create organization' }).click();
  await page.getByText('An organization has this slug').waitFor();
  await page.getByLabel('Short name').fill('No Slug!');
  await page.getByRole('button', { name: 'Create organization' }).click();
  await page.locator('.error').waitFor();
});

flow('a wrong password is refused and the right one signs in', async (person) => {
  const email = address('login');
  await server.person(email);
  const page = await person.open('/account');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('wrong password');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('The email address or the password is wrong.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  // The page that was asked for.
  await heading(page, 'Profile');
});

flow('who tried too often is told when to try again', async (person) => {
  const email = address('limited');
  await server.person(email);
  const page = await person.open('/');
  await page.getByLabel('Email address').fill(email);
  for (let tries = 0; tries < 11; tries += 1) {
    await page.getByLabel('Password', { exact: true }).fill('wrong password');
    const answered = page.waitForResponse('**/auth/login');
    await page.keyboard.press('Enter');
    await answered;
    await page.getByRole('alert').waitFor();
  }
  await page.getByText(/Wait and try again\. It works again in (14|15) minutes\./).waitFor();
});

flow('a code by mail signs in', async (person) => {
  const email = address('code');
  await server.person(email);
  const page = await person.open('/sign-in');
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Code by email' }).click();
  assert.equal(await page.getByLabel('Email address').inputValue(), email);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await page.getByText(`If there is an account for ${email}`).waitFor();
  const code = await server.mail.take(email, /\b(\d{6})\b/);
  const field = await page.evaluate(() => document.activeElement?.outerHTML);
  assert.match(field ?? '', /inputmode="numeric"/);
  assert.match(field ?? '', /autocomplete="one-time-code"/);
  await page.getByLabel('Six-digit code').fill(code === '000000' ? '111111' : '000000');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('The code is wrong, was used before or has expired.').waitFor();
  // As it is copied out of some mails.
  await page.getByLabel('Six-digit code').fill(` ${code.slice(0, 3)} ${code.slice(3)}`);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await heading(page, 'Your organizations');
});

flow('password managers are told what each field is for', async (person) => {
  const page = await person.open('/sign-in');
  for (const [path, names] of /** @type {const} */ ([
    ['/sign-in', 'email=username password=current-password'],
    ['/register', 'first_name=given-name last_name=family-name email=username password=new-password'],
    ['/forgot-password', 'email=username'],
    ['/reset-password?token=x', 'new_password=new-password'],
  ])) {
    await page.goto(`${server.url}/#${path}`);
    await until(path, async () => {
      const fields = await page.locator('form input').evaluateAll((all) =>
        all.map((one) => {
          const input = /** @type {HTMLInputElement} */ (one);
          if (input.spellcheck) throw new Error(`${input.name} is spell-checked`);
          return `${input.name}=${input.autocomplete}`;
        }),
      );
      return fields.join(' ') === names;
    });
  }
});

flow('a forgotten password is set anew by the link of a mail', async (person) => {
  const email = address('forgot');
  await server.person(email);
  const page = await person.open('/sign-in');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByRole('button', { name: 'Send the link' }).waitFor();
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByText('a link is on its way').waitFor();
  const token = await server.mail.token(email, 'reset-password');
  await page.goto(`${server.url}/#/reset-password?token=${token}`);
  await page.getByLabel('New password', { exact: true }).fill('An entirely new one');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await heading(page, 'Sign in');
  await said(page, 'The new password is set.');
  await signIn(page, email, 'An entirely new one');
  await page.goto(`${server.url}/#/reset-password?token=${token}`);
  await page.getByLabel('New password', { exact: true }).fill('An entirely new one');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('This link is not valid any more.').waitFor();
});

flow('names, address and password are changed', async (person) => {
  const [email, other] = [address('change'), address('changed')];
  await server.person(email);
  const page = await person.signIn(email, '/account');
  await page.getByLabel('First name').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('must not be empty').waitFor();
  await page.getByLabel('First name').fill('Janet');
  await page.getByRole('button', { name: 'Save' }).click();
  await said(page, 'Saved.');

  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByLabel('New email address').fill(other);
  await page.getByLabel('Current password').last().fill('wrong password');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByText('The current password is wrong.').waitFor();
  await page.getByLabel('Current password').last().fill(PASSWORD);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await said(page, other);
  await page.goto(`${server.url}/#/verify-email?token=${await server.mail.token(other, 'verify-email')}`);
  await page.getByRole('button', { name: 'Prove the address' }).click();
  await page.getByText('The address is proven.').waitFor();
  await page.getByRole('link', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.locator('.menu-title', { hasText: `Janet Doe${other}` }).waitFor();

  const elsewhere = await visitor();
  const second = await elsewhere.signIn(other, '/account/sessions');
  await page.goto(`${server.url}/#/account/security`);
  await page.getByLabel('Current password').first().fill(PASSWORD);
  await page.getByLabel('New password', { exact: true }).fill('An entirely new one');
  await page.getByRole('button', { name: 'Change password' }).click();
  await said(page, 'All other sessions have ended.');
  await second.getByRole('link', { name: 'Profile' }).click();
  await second.getByRole('link', { name: 'Sessions' }).click();
  await second.getByText('Your session has ended.').waitFor();
  await elsewhere.leave();
});

flow('sessions are shown and ended', async (person) => {
  const email = address('sessions');
  await server.person(email);
  await server.token(email);
  const page = await person.signIn(email, '/account/sessions');
  await page.getByText('This session').waitFor();
  assert.equal(await page.locator('li.setting').count(), 3);
  await page.getByRole('button', { name: /^End the session in/ }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
  await said(page, '1 session was ended.');
  assert.equal(await page.locator('li.setting').count(), 2);
  await server.token(email);
  await page.reload();
  await page.getByRole('button', { name: 'End all others' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End all others' }).click();
  await said(page, '2 sessions were ended.');
  assert.equal(await page.locator('li.setting').count(), 1);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in');
});
