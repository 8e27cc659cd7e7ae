// The own password, second factor and address.
import { html } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { t } from '../lib/i18n.js';
import { place } from '../lib/router.js';
import { asPerson, user } from '../lib/session.js';
import { Button, Card } from '../components/basics.js';
import { Field, FormOf, PasswordField } from '../components/fields.js';
import { PageHead } from '../components/head.js';
import { say } from '../components/toast.js';
import { FactorCard } from './factor-card.js';

export default function Security() {
  // Where somebody comes from who was asked for a second factor there.
  const then = place.value.query.get('then');
  return html`<${PageHead} title=${t('nav.security')} lead=${t('security.lead')} />
    <div class="stack wide">${then && html`<${FactorCard} then=${then} />`}<${PasswordCard} />
      ${!then && html`<${FactorCard} />`}<${EmailCard} /></div>`;
}

function PasswordCard() {
  const empty = { current_password: '', new_password: '' };
  const form = useForm(empty, async (values) => {
    await asPerson('PUT', '/global/auth/password', values);
    form.set(empty);
    say(t('security.password_done'));
  });
  return html`<${Card} title=${t('security.password')} lead=${t('security.password_lead')}><${FormOf} form=${form}>
    <input class="hidden" type="text" name="username" autocomplete="username" value=${user.value?.email} readOnly
      tabIndex=${-1} aria-hidden="true" />
    <${PasswordField} form=${form} name="current_password" autocomplete="current-password"
      label=${t('password.current')} />
    <${PasswordField} form=${form} name="new_password" autocomplete="new-password" label=${t('password.new')}
      hint=${t('password.hint')} />
    <div class="row"><${Button} type="submit" kind="primary" busy=${form.busy}>${t('security.password_action')}<//>
      </div><//><//>`;
}

function EmailCard() {
  const empty = { email: '', current_password: '' };
  const form = useForm(empty, async (values) => {
    await asPerson('POST', '/global/auth/me/email', values);
    form.set(empty);
    say(t('security.email_done', { email: values.email.trim() }));
  });
  return html`<${Card} title=${t('security.email')}
    lead=${t('security.email_lead', { email: user.value?.email ?? '' })}><${FormOf} form=${form}>
    <${Field} form=${form} name="email" type="email" autocomplete="email" label=${t('security.email_new')} />
    <${PasswordField} form=${form} name="current_password" autocomplete="current-password"
      label=${t('password.current')} />
    <div class="row"><${Button} type="submit" kind="primary" busy=${form.busy}>${t('security.email_action')}<//></div>
      <//><//>`;
}
