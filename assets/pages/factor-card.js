// The own second factor: what there is, and what can be done about it.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { go } from '../lib/router.js';
import { asPerson } from '../lib/session.js';
import { Badge, Button, Card, Loaded, Note, Time } from '../components/basics.js';
import { say } from '../components/toast.js';
import { Remove, Renew, SetUp } from './factor-dialogs.js';

/** So few recovery codes are a reason to make new ones. */
const FEW = 3;

/** @param {{then?: string}} props `then` is the page that asked for the factor */
export function FactorCard({ then }) {
  /** @type {import('../lib/load.js').Loaded<Api.Mfa>} */
  const own = useLoad((signal) => asPerson('GET', '/global/auth/mfa', undefined, { signal }), []);
  const [dialog, setDialog] = useState(/** @type {'set-up' | 'renew' | 'remove' | ''} */ (''));
  const close = () => setDialog('');
  const done = (/** @type {string} */ text) => {
    close();
    say(text);
    if (then) go(then);
    else own.reload();
  };
  return html`<${Loaded} of=${own}>${(/** @type {Api.Mfa} */ mfa) => html`<${Card} title=${t('factor.title')}
    lead=${t('factor.lead')} actions=${mfa.enabled && html`<${Badge} kind="good">${t('factor.on')}<//>`}>
      <div class="stack">
        ${then && html`<${Note} kind="warn">${t('factor.asked')}<//>`}
        ${mfa.enabled ? html`<${Facts} mfa=${mfa} />` : html`<p class="muted">${t('factor.off')}</p>`}
        <div class="row">${
          mfa.enabled
            ? html`${then && html`<a class="button primary" href="#${then}">${t('continue')}</a>`}
              <${Button} icon="key" onClick=${() => setDialog('renew')}>${t('factor.renew')}<//>
              <${Button} kind="plain bad" onClick=${() => setDialog('remove')}>${t('factor.remove')}<//>`
            : html`<${Button} kind="primary" icon="shield" onClick=${() => setDialog('set-up')}>${t('factor.set_up')}<//>`
        }</div>
      </div><//>`}<//>
    ${dialog === 'set-up' && html`<${SetUp} onClose=${close} onDone=${() => done(t('factor.done'))} />`}
    ${dialog === 'renew' && html`<${Renew} onClose=${close} onDone=${() => done(t('factor.renewed'))} />`}
    ${dialog === 'remove' && html`<${Remove} onClose=${close} onDone=${() => done(t('factor.removed'))} />`}`;
}

/** @param {{mfa: Api.Mfa}} props */
function Facts({ mfa }) {
  const left = mfa.recovery_codes_left;
  return html`${left <= FEW && html`<${Note} kind="warn">${t('factor.few', { count: left })}<//>`}
    <dl class="facts">${mfa.factors.map(
      (factor) => html`<dt>${t('factor.since')}</dt><dd><${Time} at=${factor.created_at} as="date" /></dd>
        <dt>${t('factor.used')}</dt><dd><${Time} at=${factor.last_used_at} /></dd>`,
    )}<dt>${t('factor.left')}</dt><dd class="number">${left}</dd></dl>`;
}
