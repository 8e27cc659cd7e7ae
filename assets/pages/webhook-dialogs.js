// What a webhook is told of and where, and its secret, which is shown once.
import { html } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { EVENT_TYPES, eventText, grouped } from '../lib/happenings.js';
import { t } from '../lib/i18n.js';
import { Button, Copy, Note, Segments } from '../components/basics.js';
import { Dialog } from '../components/dialog.js';
import { Check, Field, FormOf } from '../components/fields.js';
import { Icon } from '../components/icon.js';

/** @param {{webhook?: Api.Webhook, save: (values: Api.WebhookValues) => Promise<unknown>, onClose: () => void}} props */
export function WebhookForm({ webhook, save, onClose }) {
  const isAll = !webhook || webhook.events[0] === '*';
  const initial = {
    url: webhook?.url ?? '',
    description: webhook?.description ?? '',
    isAll,
    events: isAll ? [] : webhook.events,
  };
  const form = useForm(
    initial,
    ({ url, description, isAll: all, events }) => save({ url, description, events: all ? ['*'] : events }),
    'webhook',
  );
  const { values } = form;
  const toggle = (/** @type {string} */ name, /** @type {boolean} */ on) =>
    form.set({ events: EVENT_TYPES.filter((one) => (one === name ? on : values.events.includes(one))) });
  const options = [
    ['all', t('webhooks.everything')],
    ['some', t('webhooks.some')],
  ];
  return html`<${Dialog} wide=${true} title=${t(webhook ? 'webhooks.change' : 'webhooks.new')} onClose=${onClose}><${FormOf} form=${form}>
    <${Field} form=${form} name="url" type="url" label=${t('webhooks.url')} hint=${t('webhooks.url_hint')}
      placeholder="https://example.com/hooks" autocomplete="off" autofocus />
    <${Field} form=${form} name="description" label=${t('webhooks.description')} hint=${t('webhooks.description_hint')}
      maxlength="200" autocomplete="off" />
    <fieldset class="stack"><legend class="label">${t('webhooks.events')}</legend>
      <div><${Segments} label=${t('webhooks.events')} value=${values.isAll ? 'all' : 'some'} options=${options}
        onChange=${(/** @type {string} */ way) => form.set({ isAll: way === 'all' })} /></div>
      ${
        values.isAll
          ? html`<p class="hint">${t('webhooks.everything_hint')}</p>`
          : html`<div class="columns">${grouped(EVENT_TYPES).map(
              ({ kind, title, names }) =>
                html`<fieldset key=${kind} class="stack tight"><legend class="label">${title}</legend>${names.map(
                  (name) => html`<${Check} key=${name} name="events" label=${eventText(name)} hint=${name}
                checked=${values.events.includes(name)} onChange=${(/** @type {boolean} */ on) => toggle(name, on)} />`,
                )}</fieldset>`,
            )}</div>`
      }
      ${form.errors.events && html`<p class="error" role="alert"><${Icon} name="alert" size=${16} />
        ${form.errors.events}</p>`}</fieldset>
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
      busy=${form.busy}>${t(webhook ? 'save' : 'webhooks.create')}<//></div><//><//>`;
}

/** The secret of a webhook that was made or got another one. @param {{webhook: Api.Webhook, name: string, onClose: () => void}} props */
export function Secret({ webhook: { secret, old_secret_expires_at: old }, name, onClose }) {
  return html`<${Dialog} wide=${true} once=${true} title=${t('webhooks.secret_of', { name })} onClose=${onClose}>
    <${Note} kind="warn">${t('webhooks.once')}${old && ` ${t('webhooks.both')}`}<//>
    <div class="secret"><code class="grow break">${secret}</code><${Copy} text=${secret} label=${t('webhooks.copy')} />
      </div>
    <${Verification} />
    <div class="foot"><${Button} kind="primary" onClick=${onClose}>${t('webhooks.kept')}<//></div><//>`;
}

/** How a receiver knows that a message is genuine. */
export const Verification = () =>
  html`<div class="stack"><h3>${t('webhooks.verify')}</h3><p class="muted">${t('webhooks.verify_text')}</p>
    <pre class="sample" tabIndex="0" aria-label=${t('webhooks.verify')}>${SAMPLE}</pre></div>`;

const SAMPLE = `key = base64_decode(secret without "whsec_")
signed = webhook-id + "." + webhook-timestamp + "." + body
"v1," + base64(HMAC_SHA256(key, signed))  ∈  webhook-signature`;
