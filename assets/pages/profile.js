// The own names, and what is known of the account.
import { html } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { t } from '../lib/i18n.js';
import { asPerson, user } from '../lib/session.js';
import { Badge, Button, Card, Copy, Time } from '../components/basics.js';
import { Field, FormOf } from '../components/fields.js';
import { PageHead } from '../components/head.js';
import { say } from '../components/toast.js';

export default function ProfilePage() {
  const person = /** @type {Api.Profile} */ (user.value);
  const form = useForm({ first_name: person.first_name, last_name: person.last_name }, async (values) => {
    user.value = await asPerson('PATCH', '/global/auth/me', values);
    say(t('saved'));
  });
  return html`<${PageHead} title=${t('nav.profile')} lead=${t('profile.lead')} />
    <div class="stack wide">
      <${Card} title=${t('profile.names')}><${FormOf} form=${form}>
        <div class="columns"><${Field} form=${form} name="first_name" autocomplete="given-name"
          label=${t('first_name')} />
        <${Field} form=${form} name="last_name" autocomplete="family-name" label=${t('last_name')} /></div>
        <div class="row"><${Button} type="submit" kind="primary" busy=${form.busy}>${t('save')}<//></div>
      <//><//>
      <${Card} title=${t('nav.account')}><dl class="facts">
        <dt>${t('email')}</dt><dd class="row">${person.email} ${person.email_verified_at ? html`<${Badge} kind="good">
          ${t('profile.verified')}<//>` : html`<${Badge} kind="warn">${t('profile.unverified')}<//>`}
          <a href="#/account/security">${t('change')}</a></dd>
        <dt>${t('profile.since')}</dt><dd><${Time} at=${person.created_at} as="date" /></dd>
        <dt>${t('profile.last_login')}</dt><dd><${Time} at=${person.last_login_at} /></dd>
        <dt>${t('id')}</dt><dd class="row nowrap"><code>${person.id}</code><${Copy} text=${person.id}
          label=${t('copy_id')} /></dd>
      </dl><//>
    </div>`;
}
