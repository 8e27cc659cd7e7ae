// A new account.
import { html } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { signIn } from '../lib/session.js';
import { Button } from '../components/basics.js';
import { FormOf } from '../components/fields.js';
import { AccountFields, NO_ACCOUNT } from '../components/new-account.js';
import { say } from '../components/toast.js';
import { Alone, SheetHead, ToSignIn } from '../shell/alone.js';

export default function Register() {
  const form = useForm(NO_ACCOUNT, async (values) => {
    await send('POST', '/global/auth/register', { body: values });
    await signIn('login', { email: values.email, password: values.password });
    say(t('register.done', { email: values.email.trim() }));
  });
  return html`<${Alone} foot=${html`${t('register.have')} <${ToSignIn} />`}>
    <${SheetHead} title=${t('register.title')} lead=${t('register.lead')} />
    <${FormOf} form=${form}><${AccountFields} form=${form} />
      <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('register.action')}<//><//>
  <//>`;
}
