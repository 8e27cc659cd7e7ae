// The plan of an organization: compare, change, cancel, and what it was before.
import { html, useRef, useState } from '../lib/ui.js';
import { money } from '../lib/format.js';
import { phrase, t, told } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { asMember, isAdmin } from '../lib/tenant.js';
import { Badge, Button, Card, Loaded, Note, Status, Time } from '../components/basics.js';
import { ask } from '../components/dialog.js';
import { Icon } from '../components/icon.js';
import { PageHead } from '../components/head.js';
import { Table } from '../components/table.js';
import { moment } from '../lib/format.js';
import { say } from '../components/toast.js';

/** The plan that every organization begins on and falls back to. */
const BASIC = 'plan_dev';
const SIZE = 10;

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function PlanPage({ tenant }) {
  /** @type {import('../lib/load.js').Loaded<Api.CatalogPlan[]>} */
  const catalog = useLoad((signal) => asMember('GET', '/service/catalog/plans', undefined, { signal }), []);
  const [page, setPage] = useState(1);
  const path = `/service/subscriptions?limit=${SIZE}&offset=${(page - 1) * SIZE}`;
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.Subscription>>} */
  const history = useLoad((signal) => asMember('GET', path, undefined, { signal }), [path]);
  // The newest one is on the first page; it is still the plan while an older page shows.
  const newest = useRef(/** @type {Api.Subscription | undefined} */ (undefined));
  if (page === 1 && history.data) newest.current = history.data.items.find((item) => !item.ended_at);
  const now = newest.current;
  const mayChange = isAdmin(tenant.role);

  /** @param {Api.CatalogPlan} plan */
  const choose = (plan) =>
    ask({
      title: t('plan.ask', { name: plan.name }),
      text: plan.price
        ? t('plan.ask_text', { price: money(plan.price), cycle: told(`cycle.${plan.billing_cycle}`) })
        : t('plan.ask_free'),
      action: t('plan.choose', { name: plan.name }),
      act: async () => {
        await asMember('POST', '/service/subscriptions', { plan_id: plan.id });
        setPage(1);
        await history.reload();
        say(t('plan.done', { name: plan.name }));
      },
    });
  /** Takes a cancellation at the end back. @param {Api.Subscription} subscription */
  const keep = ({ plan_id, plan_name: name, end_date }) =>
    ask({
      title: t('plan.ask_keep', { name }),
      text: t('plan.ask_keep_text', { date: moment(end_date, 'date') }),
      action: t('plan.keep', { name }),
      act: async () => {
        await asMember('POST', '/service/subscriptions', { plan_id });
        await history.reload();
        say(t('plan.kept', { name }));
      },
    });
  /** @param {Api.Subscription} subscription @param {boolean} atEnd */
  const cancel = (subscription, atEnd) =>
    ask({
      title: t('plan.ask_cancel', { name: subscription.plan_name }),
      text: atEnd
        ? t('plan.ask_cancel_end', { date: moment(subscription.end_date, 'date') })
        : t('plan.ask_cancel_now'),
      action: atEnd ? t('plan.cancel_end') : t('plan.cancel_now'),
      // "Cancel" would be said of both.
      keep: t('plan.keep', { name: subscription.plan_name }),
      danger: true,
      act: async () => {
        await asMember('POST', '/service/subscriptions/cancel', { at_period_end: atEnd });
        setPage(1);
        await history.reload();
        say(
          atEnd
            ? t('plan.cancelled_end', { name: subscription.plan_name, date: moment(subscription.end_date, 'date') })
            : t('plan.cancelled', { name: subscription.plan_name }),
        );
      },
    });
  /** @type {import('../components/table.js').Column<Api.Subscription>[]} */
  const columns = [
    { title: t('nav.plan'), kind: 'main', show: (item) => html`<span class="strong">${item.plan_name}</span>` },
    { title: t('status'), show: (item) => html`<${Status} value=${item.status} />` },
    { title: t('plan.price'), show: (item) => html`<span class="number">${money(item.price)}</span>` },
    { title: t('plan.from'), show: (item) => html`<${Time} at=${item.start_date} as="date" />` },
    { title: t('plan.to'), show: (item) => html`<${Time} at=${item.ended_at ?? item.end_date} as="date" />` },
  ];
  return html`<${PageHead} title=${t('nav.plan')} lead=${mayChange ? t('plan.lead') : t('plan.lead_reader')} />
    <div class="stack wide">
      ${now && html`<${Now} subscription=${now} mayChange=${mayChange} cancel=${cancel} />`}
      <${Loaded} of=${catalog} lines=${8}>${(/** @type {Api.CatalogPlan[]} */ plans) => html`<div class="grid">
        ${plans.map((plan) => html`<${Plan} key=${plan.id} plan=${plan} now=${now}
        choose=${mayChange ? choose : undefined} keep=${keep} />`)}</div>`}<//>
      <${Card} title=${t('plan.history')} body=${false}><${Table} label=${t('plan.history')} columns=${columns}
        of=${history} keyOf=${(/** @type {Api.Subscription} */ item) => item.id} empty=${null} /><//>
    </div>`;
}

/** @param {{subscription: Api.Subscription, mayChange: boolean, cancel: (subscription: Api.Subscription, atEnd: boolean) => void}} props */
function Now({ subscription, mayChange, cancel }) {
  const isBasic = subscription.plan_id === BASIC;
  return html`<${Card}>
    <div class="row apart"><div><p class="muted small">${t('plan.now')}</p><p class="row"><span class="big break">
      ${subscription.plan_name}</span><${Status} value=${subscription.status} /></p>
      <p class="muted">${subscription.auto_renew ? t('plan.renews') : t('plan.ends')} <${Time}
        at=${subscription.end_date} as="date" /></p></div>
      ${mayChange && !isBasic && html`<div class="row">${subscription.auto_renew && html`<${Button}
        onClick=${() => cancel(subscription, true)}>${t('plan.cancel_end')}<//>`}<${Button} kind="plain bad"
        onClick=${() => cancel(subscription, false)}>${t('plan.cancel_now')}<//></div>`}</div>
    ${!subscription.auto_renew && html`<br /><${Note} kind="warn">${t('plan.ending')}<//>`}<//>`;
}

/**
 * @param {{plan: Api.CatalogPlan, now?: Api.Subscription, choose?: (plan: Api.CatalogPlan) => void,
 *   keep: (subscription: Api.Subscription) => void}} props
 */
function Plan({ plan, now, choose, keep }) {
  const isCurrent = plan.id === now?.plan_id;
  const label = isCurrent ? t('plan.keep', { name: plan.name }) : t('plan.choose', { name: plan.name });
  return html`<section class="card plan ${isCurrent ? 'current' : ''}" aria-label=${plan.name}>
    <div class="row apart"><h2>${plan.name}</h2>${isCurrent && html`<${Badge} kind="accent">
      ${t('plan.current')}<//>`}</div>
    <p><span class="price number">
      ${plan.price ? money(plan.price) : t('plan.free')}</span> ${plan.price > 0 && html`<span class="muted">
      ${told(`cycle.${plan.billing_cycle}`)}</span>`}</p>
    <ul class="stack tight">${plan.features.map((feature) => html`<li><${Icon} name="check" size=${16} /><span
      class="break">${phrase(feature)}</span></li>`)}</ul>
    ${choose && now && (!isCurrent || !now.auto_renew) && html`<${Button} kind=${isCurrent ? '' : 'primary'}
      onClick=${() => (isCurrent ? keep(now) : choose(plan))}>${label}<//>`}</section>`;
}
