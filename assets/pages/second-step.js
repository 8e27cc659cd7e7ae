// The second step of signing in: a code of the app, or a recovery code in its place.
import { html, useEffect, useRef } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { Problem } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { challenge as waiting, dropChallenge, signIn } from '../lib/session.js';
import { Button } from '../components/basics.js';
import { Field, FormOf } from '../components/fields.js';
import { Alone, SheetHead } from '../shell/alone.js';

/** Wrong codes after which the server takes none any more; it answers the right one then like a wrong one. */
const TRIES = 5;

/** @param {{challenge: Api.Challenge}} props */
export function SecondStep({ challenge }) {
  const wrong = useRef(0);
  const form = useForm({ code: '' }, async ({ code }) => {
    try {
      await signIn('mfa/verify', { mfa_token: challenge.mfa_token, code });
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'invalid_code') throw error;
      wrong.current += 1;
      if (wrong.current >= TRIES) return dropChallenge('too_often');
      form.set({ code: '' });
      form.fail({ code: t('factor.wrong') });
      form.element.current?.querySelector('input')?.focus();
    }
  });
  useEffect(() => {
    const timer = setTimeout(() => dropChallenge('too_late'), challenge.expires_in * 1000);
    return () => clearTimeout(timer);
  }, [challenge]);
  // Another page gives the sign-in up.
  useEffect(
    () => () => {
      if (waiting.value) dropChallenge(null);
    },
    [],
  );
  return html`<${Alone}>
    <${SheetHead} title=${t('factor.step')} lead=${t('factor.step_lead')} />
    <${FormOf} form=${form}>
      <${Field} form=${form} name="code" autocomplete="one-time-code" autocapitalize="off" autofocus
        label=${t('factor.code')} hint=${t('factor.code_hint')} />
      <${Button} type="submit" kind="primary wide" busy=${form.busy}>${t('sign_in.action')}<//>
      <${Button} kind="plain wide" onClick=${() => dropChallenge(null)}>${t('factor.back')}<//>
    <//>
  <//>`;
}
