// Addresses that an organization wants to be told at what happens in it.
import { html, useState } from '../lib/ui.js';
import { eventText } from '../lib/happenings.js';
import { t } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { go, note, pageOf, place } from '../lib/router.js';
import { asMember } from '../lib/tenant.js';
import { Badge, Button, Empty, Time } from '../components/basics.js';
import { PageHead } from '../components/head.js';
import { Table } from '../components/table.js';
import { say } from '../components/toast.js';
import { Secret, WebhookForm } from './webhook-dialogs.js';

const SIZE = 25;

/** What people call a webhook. @param {Api.Webhook} webhook */
export const nameOf = (webhook) => webhook.description || new URL(webhook.url).host;

/** How a webhook stands. @param {{webhook: Api.Webhook}} props */
export function State({ webhook }) {
  if (webhook.disabled_reason === 'gone') return html`<${Badge} kind="bad">${t('webhooks.gone')}<//>`;
  if (webhook.disabled_reason) return html`<${Badge} kind="bad">${t('webhooks.gave_up')}<//>`;
  if (!webhook.enabled) return html`<${Badge} kind="warn">${t('webhooks.off')}<//>`;
  return webhook.failing_since
    ? html`<${Badge} kind="bad">${t('webhooks.fails')}<//>`
    : html`<${Badge} kind="good">${t('webhooks.on')}<//>`;
}

/** What a webhook is told of. @param {{events: string[]}} props */
export const Wanted = ({ events }) =>
  html`<span>${events[0] === '*' ? t('webhooks.everything') : events.map(eventText).join(', ')}</span>`;

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function Webhooks({ tenant }) {
  const page = pageOf(place.value.query);
  const path = `/service/webhooks?limit=${SIZE}&offset=${(page - 1) * SIZE}`;
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.Webhook>>} */
  const list = useLoad((signal) => asMember('GET', path, undefined, { signal }), [path]);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState(/** @type {Api.Webhook | null} */ (null));
  const of = (/** @type {Api.Webhook} */ webhook) => `/o/${tenant.slug}/webhooks/${webhook.id}`;
  const create = async (/** @type {Api.WebhookValues} */ values) => {
    const webhook = await asMember('POST', '/service/webhooks', values);
    setCreating(false);
    setMade(webhook);
    say(t('webhooks.made', { name: nameOf(webhook) }));
  };
  /** @type {import('../components/table.js').Column<Api.Webhook>[]} */
  const columns = [
    {
      title: t('webhooks.one'),
      kind: 'main',
      show: (webhook) =>
        html`<div><a class="name break" href="#${of(webhook)}">${nameOf(webhook)}</a><br />
          <span class="muted small break">${webhook.url}</span></div>`,
    },
    { title: t('webhooks.events'), show: (webhook) => html`<${Count} events=${webhook.events} />` },
    {
      title: t('status'),
      show: (webhook) =>
        html`<div><${State} webhook=${webhook} />${
          webhook.failing_since &&
          html`<p class="small muted">${t('webhooks.since')} <${Time} at=${webhook.failing_since} as="ago" /></p>`
        }</div>`,
    },
    { title: t('created'), show: (webhook) => html`<${Time} at=${webhook.created_at} as="date" />` },
  ];
  const open = html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating(true)}>${t('webhooks.new')}<//>`;
  const empty = html`<${Empty} icon="webhook" title=${t('webhooks.none')} text=${t('webhooks.none_text')}>${open}<//>`;
  return html`<${PageHead} title=${t('nav.webhooks')} lead=${t('webhooks.lead')}>
    ${(list.data?.total ?? 0) > 0 && open}<//>
    <div class="card"><${Table} label=${t('nav.webhooks')} columns=${columns} of=${list}
      keyOf=${(/** @type {Api.Webhook} */ webhook) => webhook.id} empty=${empty} page=${page} size=${SIZE}
      onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div>
    ${creating && html`<${WebhookForm} save=${create} onClose=${() => setCreating(false)} />`}
    ${made && html`<${Secret} webhook=${made} name=${nameOf(made)} onClose=${() => go(of(made))} />`}`;
}

/** @param {{events: string[]}} props */
const Count = ({ events }) =>
  events.length > 1
    ? html`<span title=${events.map(eventText).join(', ')}>${t('webhooks.count', { count: events.length })}</span>`
    : html`<${Wanted} events=${events} />`;
