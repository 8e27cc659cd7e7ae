// Proving an address, with the link of a mail. A click proves it: opening the link must not, since programs open links too.
import { html, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { place } from '../lib/router.js';
import { user, asPerson } from '../lib/session.js';
import { Button, Note } from '../components/basics.js';
import { FormOf } from '../components/fields.js';
import { Alone, SheetHead } from '../shell/alone.js';

export default function VerifyEmail() {
  const token = place.value.query.get('token') ?? '';
  const [done, setDone] = useState(false);
  const form = useForm({}, async () => {
    await send('POST', '/global/auth/verify-email', { body: { token } });
    setDone(true);
    if (user.value) user.value = await asPerson('GET', '/global/auth/me');
  });
  const other = !done && html`<a href="#/forgot-password">${t('verify.other')}</a>`;
  return html`<${Alone} foot=${other}>
    <${SheetHead} title=${t('verify.title')} lead=${t('verify.lead')} />
    ${
      done
        ? html`<div class="stack" role="status"><${Note} kind="good">${t('verify.done')}<//><a
          class="button primary wide" href="#/">${t('continue')}</a></div>`
        : html`<${FormOf} form=${form}><${Button} type="submit" kind="primary wide" busy=${form.busy}>
          ${t('verify.action')}<//><//>`
    }
  <//>`;
}
