// The fields of a new account: of a registration, an invitation, the first admin.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { Field, PasswordField } from './fields.js';

export const NO_ACCOUNT = { first_name: '', last_name: '', email: '', password: '' };

/** @param {{form: import('../lib/form.js').Form, emailHint?: string}} props */
export const AccountFields = ({ form, emailHint }) => html`
  <div class="columns">
    <${Field} form=${form} name="first_name" autocomplete="given-name" label=${t('first_name')} />
    <${Field} form=${form} name="last_name" autocomplete="family-name" label=${t('last_name')} />
  </div>
  <${Field} form=${form} name="email" type="email" autocomplete="username" label=${t('email')} hint=${emailHint} />
  <${PasswordField} form=${form} name="password" autocomplete="new-password" label=${t('password')}
    hint=${t('password.hint')} />`;
