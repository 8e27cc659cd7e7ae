// A new password, with the link of a mail.
import { html } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { go, place } from '../lib/router.js';
import { signOut, state } from '../lib/session.js';
import { Button } from '../components/basics.js';
import { FormOf, PasswordField } from '../components/fields.js';
import { say } from '../components/toast.js';
import { Alone, SheetHead, ToSignIn } from '../shell/alone.js';

export default function ResetPassword() {
  const token = place.value.query.get('token') ?? '';
  const form = useForm({ new_password: '' }, async (values) => {
    await send('POST', '/global/auth/reset-password', { body: { ...values, token } });
    // It ended every session of that person, who may be the one that is signed in here.
    if (state.value === 'signed-in') await signOut();
    say(t('reset.done'));
    go('/sign-in');
  });
  return html`<${Alone} foot=${html`<a href="#/forgot-password">${t('reset.again')}</a> · <${ToSignIn} />`}>
    <${SheetHead} title=${t('reset.title')} lead=${t('reset.lead')} />
    <${FormOf} form=${form}>
      <${PasswordField} form=${form} name="new_password" autocomplete="new-password" label=${t('password.new')}
        hint=${t('password.hint')} />
      <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('reset.action')}<//><//>
  <//>`;
}
