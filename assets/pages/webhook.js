// One webhook: how it stands, what it was told, and what became of that.
import { html, useEffect, useState } from '../lib/ui.js';
import { eventText } from '../lib/happenings.js';
import { phrase, t, told } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { go, note, pageOf, place } from '../lib/router.js';
import { asMember } from '../lib/tenant.js';
import { Button, Card, Empty, Loaded, Note, Segments, Time } from '../components/basics.js';
import { ask } from '../components/dialog.js';
import { PageHead } from '../components/head.js';
import { RowMenu } from '../components/menu.js';
import { Table } from '../components/table.js';
import { attempt, say } from '../components/toast.js';
import { DELIVERY_STATUS, DeliveryDialog, DeliveryStatus } from './delivery.js';
import { Secret, WebhookForm } from './webhook-dialogs.js';
import { State, Wanted, nameOf } from './webhooks.js';

const SIZE = 25;
/** Somebody who waits for a try looks again so soon, in milliseconds. */
const SOON = 1000;

/** Whether a try goes on or is about to. @param {Api.Delivery} delivery */
const isImminent = ({ status, last_status: answer, last_error: error, next_attempt_at: next }) =>
  status === 'pending' && ((!answer && !error) || Date.parse(next ?? '') < Date.now() + 10 * SOON);

/** @param {{tenant: import('../lib/tenant.js').Current, id: string}} props */
export default function WebhookPage({ tenant, id }) {
  const path = `/service/webhooks/${id}`;
  /** @type {import('../lib/load.js').Loaded<Api.Webhook>} */
  const webhook = useLoad((signal) => asMember('GET', path, undefined, { signal }), [path]);
  const { query } = place.value;
  const [page, status] = [pageOf(query), query.get('status') ?? ''];
  const log = `${path}/deliveries?limit=${SIZE}&offset=${(page - 1) * SIZE}${status && `&status=${status}`}`;
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.Delivery>>} */
  const list = useLoad((signal) => asMember('GET', log, undefined, { signal }), [log]);
  // How it stands is read after what it was told: a message may have changed it.
  const reload = async () => {
    await list.reload();
    await webhook.reload();
  };
  const isAwaited = webhook.data?.enabled && list.data?.items.some(isImminent);
  useEffect(() => {
    if (!isAwaited || list.busy) return undefined;
    let isOver = false;
    const timer = setTimeout(async () => {
      // As nobody asked for it, nothing shows that it is read, or that it failed.
      const read = (/** @type {string} */ what) => asMember('GET', what).catch(() => null);
      const [messages, one] = [await read(log), await read(path)];
      if (messages && !isOver) list.set(messages);
      if (one) webhook.set(one);
    }, SOON);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [list.data, list.busy, log]);

  const back = /** @type {[string, string]} */ ([`#/o/${tenant.slug}/webhooks`, t('nav.webhooks')]);
  const name = webhook.data ? nameOf(webhook.data) : t('webhooks.one');
  const delivery = query.get('delivery');
  return html`<${PageHead} title=${name} back=${back}>
      ${webhook.data && html`<${Actions} webhook=${webhook.data} tenant=${tenant} onChange=${webhook.set}
        reload=${reload} />`}<//>
    <div class="stack wide"><${Loaded} of=${webhook} lines=${4}>${(/** @type {Api.Webhook} */ data) => html`<${Facts}
      webhook=${data} />`}<//>
      ${webhook.data && html`<${Deliveries} list=${list} page=${page} status=${status} />`}</div>
    ${delivery && html`<${DeliveryDialog} key=${delivery} path="${path}/deliveries/${delivery}" isEnabled=${webhook.data?.enabled ?? false}
      reload=${reload} onClose=${() => note({ delivery: '' })} />`}`;
}

/**
 * @param {{webhook: Api.Webhook, tenant: import('../lib/tenant.js').Current, onChange: (webhook: Api.Webhook) => void,
 *   reload: () => Promise<void>}} props
 */
function Actions({ webhook, tenant, onChange, reload }) {
  const [changing, setChanging] = useState(false);
  const [renewed, setRenewed] = useState(/** @type {Api.Webhook | null} */ (null));
  const [testing, setTesting] = useState(false);
  const [path, name] = [`/service/webhooks/${webhook.id}`, nameOf(webhook)];
  const change = async (/** @type {object} */ values) => {
    onChange(await asMember('PATCH', path, values));
    await reload();
  };
  const save = async (/** @type {Api.WebhookValues} */ values) => {
    await change(values);
    setChanging(false);
    say(t('saved'));
  };
  const test = () =>
    attempt(async () => {
      setTesting(true);
      await asMember('POST', `${path}/test`)
        .then(reload)
        .finally(() => setTesting(false));
      say(t('webhooks.tested'));
    });
  const enable = () =>
    attempt(async () => {
      await change({ enabled: true });
      say(t('webhooks.enabled', { name }));
    });
  const disable = () =>
    ask({
      title: t('webhooks.ask_disable', { name }),
      text: t('webhooks.ask_disable_text'),
      action: t('webhooks.disable'),
      danger: true,
      act: async () => {
        await change({ enabled: false });
        say(t('webhooks.disabled', { name }));
      },
    });
  const renew = () =>
    ask({
      title: t('webhooks.ask_renew', { name }),
      text: t('webhooks.ask_renew_text'),
      action: t('webhooks.renew'),
      act: async () => {
        const { secret, ...rest } = await asMember('POST', `${path}/rotate-secret`);
        onChange(rest);
        setRenewed({ ...rest, secret });
        say(t('webhooks.renewed', { name }));
      },
    });
  const remove = () =>
    ask({
      title: t('webhooks.ask_delete', { name }),
      text: t('webhooks.ask_delete_text'),
      action: t('webhooks.delete'),
      danger: true,
      act: async () => {
        await asMember('DELETE', path);
        say(t('webhooks.deleted', { name }));
        go(`/o/${tenant.slug}/webhooks`);
      },
    });
  return html`${
    webhook.enabled
      ? html`<${Button} icon="pulse" busy=${testing} onClick=${test}>${t('webhooks.test')}<//>`
      : html`<${Button} icon="check" onClick=${enable}>${t('webhooks.enable')}<//>`
  }
    <${Button} onClick=${() => setChanging(true)}>${t('change')}<//>
    <${RowMenu} label=${t('webhooks.menu', { name })} items=${[
      { text: t('webhooks.renew'), icon: 'key', act: renew },
      webhook.enabled && { text: t('webhooks.disable'), icon: 'lock', act: disable },
      '-',
      { text: t('webhooks.delete'), icon: 'cross', bad: true, act: remove },
    ]} />
    ${changing && html`<${WebhookForm} webhook=${webhook} save=${save} onClose=${() => setChanging(false)} />`}
    ${renewed && html`<${Secret} webhook=${renewed} name=${name} onClose=${() => setRenewed(null)} />`}`;
}

/** @param {{webhook: Api.Webhook}} props */
function Facts({ webhook }) {
  const { disabled_reason: reason, failing_since: failing, old_secret_expires_at: old } = webhook;
  return html`<${Card} title=${t('details')}><div class="stack">
    ${reason && html`<${Note} kind="bad">${t(reason === 'gone' ? 'webhooks.gone_text' : 'webhooks.gave_up_text')}<//>`}
    ${webhook.enabled && failing && html`<${Note} kind="warn">${t('webhooks.fails_since')} <${Time} at=${failing} /><//>`}
    <dl class="facts"><dt>${t('status')}</dt><dd><${State} webhook=${webhook} /></dd>
      <dt>${t('webhooks.url')}</dt><dd><code>${webhook.url}</code></dd>
      <dt>${t('webhooks.events')}</dt><dd><${Wanted} events=${webhook.events} /></dd>
      <dt>${t('created')}</dt><dd><${Time} at=${webhook.created_at} /></dd>
      ${
        old &&
        Date.parse(old) > Date.now() &&
        html`<dt>${t('webhooks.secret')}</dt><dd>${t('webhooks.old_until')} <${Time} at=${old} /></dd>`
      }</dl></div><//>`;
}

/** @param {{list: import('../lib/load.js').Loaded<Api.List<Api.Delivery>>, page: number, status: string}} props */
function Deliveries({ list, page, status }) {
  /** @type {import('../components/table.js').Column<Api.Delivery>[]} */
  const columns = [
    {
      title: t('webhooks.event'),
      kind: 'main',
      show: (delivery) =>
        html`<div><button type="button" class="link name break" onClick=${() => note({ delivery: delivery.id })}>
          ${eventText(delivery.type)}</button><br /><code class="muted small break">${delivery.type}</code></div>`,
    },
    {
      title: t('status'),
      show: (delivery) =>
        html`<div><${DeliveryStatus} delivery=${delivery} />${
          delivery.status !== 'delivered' &&
          delivery.last_error &&
          html`<p class="small muted break">${phrase(delivery.last_error)}</p>`
        }</div>`,
    },
    { title: t('webhooks.answer'), show: (delivery) => html`<span class="number">${delivery.last_status ?? '–'}</span>` },
    { title: t('webhooks.tries'), kind: 'right', show: (delivery) => html`<span class="number">${delivery.attempts}</span>` },
    { title: t('webhooks.happened'), show: (delivery) => html`<${Time} at=${delivery.created_at} />` },
    { title: t('webhooks.next'), show: (delivery) => html`<${Time} at=${delivery.next_attempt_at} />` },
  ];
  const options = ['', ...Object.keys(DELIVERY_STATUS)].map((value) => [value, value ? told(`delivery.${value}`) : t('all')]);
  const empty = status
    ? html`<${Empty} icon="search" title=${t('nothing_found')} text=${t('webhooks.no_such')} />`
    : html`<${Empty} icon="webhook" title=${t('webhooks.no_deliveries')} text=${t('webhooks.no_deliveries_text')} />`;
  return html`<${Card} title=${t('webhooks.deliveries')} lead=${t('webhooks.deliveries_lead')} body=${false}
    actions=${html`<${Segments} label=${t('status')} value=${status} options=${options}
      onChange=${(/** @type {string} */ value) => note({ status: value, page: '' })} />`}>
    <${Table} label=${t('webhooks.deliveries')} columns=${columns} of=${list}
      keyOf=${(/** @type {Api.Delivery} */ delivery) => delivery.id} empty=${empty} page=${page} size=${SIZE}
      onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /><//>`;
}
