// Asking for a link to set a new password.
import { html, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { user } from '../lib/session.js';
import { Button, Note } from '../components/basics.js';
import { Field, FormOf } from '../components/fields.js';
import { Alone, SheetHead, ToSignIn } from '../shell/alone.js';

export default function ForgotPassword() {
  const [sentTo, setSentTo] = useState('');
  const form = useForm({ email: user.value?.email ?? '' }, async (values) => {
    await send('POST', '/global/auth/forgot-password', { body: values });
    setSentTo(values.email.trim());
  });
  return html`<${Alone} foot=${html`<${ToSignIn} />`}>
    <${SheetHead} title=${t('forgot.title')} lead=${t('forgot.lead')} />
    ${
      sentTo
        ? html`<div role="status"><${Note} kind="good">${t('forgot.done', { email: sentTo })}<//></div>`
        : html`<${FormOf} form=${form}>
      <${Field} form=${form} name="email" type="email" autocomplete="username" label=${t('email')} />
      <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('forgot.action')}<//><//>`
    }
  <//>`;
}
