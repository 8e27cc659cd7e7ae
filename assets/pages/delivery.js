// One message to a webhook: what was sent, every try, and sending it again.
import { html } from '../lib/ui.js';
import { eventText } from '../lib/happenings.js';
import { number } from '../lib/format.js';
import { phrase, t, told } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { asMember } from '../lib/tenant.js';
import { Badge, Button, Copy, Empty, Loaded, Time } from '../components/basics.js';
import { Dialog } from '../components/dialog.js';
import { Table } from '../components/table.js';
import { attempt, say } from '../components/toast.js';

export const DELIVERY_STATUS = /** @type {Record<string, string>} */ ({ pending: 'accent', delivered: 'good', failed: 'bad' });

/** @param {{delivery: Api.Delivery}} props */
export const DeliveryStatus = ({ delivery: { status } }) =>
  html`<${Badge} kind=${DELIVERY_STATUS[status] ?? ''}>${told(`delivery.${status}`, status)}<//>`;

/** @param {{path: string, isEnabled: boolean, reload: () => Promise<void>, onClose: () => void}} props */
export function DeliveryDialog({ path, isEnabled, reload, onClose }) {
  /** @type {import('../lib/load.js').Loaded<Api.DeliveryDetail>} */
  const detail = useLoad((signal) => asMember('GET', path, undefined, { signal }), [path]);
  const again = () =>
    attempt(async () => {
      await asMember('POST', `${path}/redeliver`);
      say(t('delivery.sent_again'));
      onClose();
      await reload();
    });
  const type = detail.data?.delivery.type;
  return html`<${Dialog} wide=${true} title=${type ? eventText(type) : t('webhooks.event')} onClose=${onClose}>
    <${Loaded} of=${detail} lines=${6}>${(/** @type {Api.DeliveryDetail} */ data) => html`<${Detail} of=${data} />
      <div class="foot">${
        isEnabled &&
        data.delivery.status !== 'pending' &&
        html`<${Button} icon="undo" onClick=${again}>${t('delivery.again')}<//>`
      }<${Button} kind="primary" onClick=${onClose}>${t('close')}<//></div>`}<//><//>`;
}

/** @param {{of: Api.DeliveryDetail}} props */
function Detail({ of: { delivery, payload, attempts } }) {
  /** @type {import('../components/table.js').Column<Api.Attempt>[]} */
  const columns = [
    {
      title: t('delivery.try'),
      kind: 'main',
      show: (one) => html`<span><span class="strong">${number(one.number)}</span>. <${Time} at=${one.at} /></span>`,
    },
    { title: t('webhooks.answer'), show: (one) => html`<span class="number">${one.status ?? '–'}</span>` },
    { title: t('delivery.took'), kind: 'right', show: (one) => t('delivery.milliseconds', { count: one.duration_ms }) },
    { title: t('delivery.result'), show: (one) => html`<span class="break">${one.error ? phrase(one.error) : t('delivery.taken')}</span>` },
  ];
  const of = {
    data: { items: attempts, total: attempts.length },
    problem: null,
    busy: false,
    reload: async () => {},
    set: () => {},
  };
  return html`<dl class="facts"><dt>${t('status')}</dt><dd><${DeliveryStatus} delivery=${delivery} /></dd>
      ${delivery.next_attempt_at && html`<dt>${t('webhooks.next')}</dt><dd><${Time} at=${delivery.next_attempt_at} /></dd>`}
      <dt>${t('delivery.message')}</dt><dd class="row nowrap"><code>${delivery.message_id}</code><${Copy}
        text=${delivery.message_id} label=${t('copy_id')} /></dd></dl>
    <h3>${t('webhooks.tries')}</h3>
    <div class="card"><${Table} label=${t('webhooks.tries')} columns=${columns} of=${of}
      keyOf=${(/** @type {Api.Attempt} */ one) => String(one.number)}
      empty=${html`<${Empty} icon="clock" title=${t('delivery.untried')} />`} /></div>
    <h3>${t('delivery.body')}</h3>
    <pre class="sample" tabIndex="0" aria-label=${t('delivery.body')}>${readable(payload)}</pre>`;
}

/** @param {string} payload JSON on one line */
function readable(payload) {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
