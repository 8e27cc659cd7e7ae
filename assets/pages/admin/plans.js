// The plans that organizations can be on.
import { html, useState } from '../../lib/ui.js';
import { money } from '../../lib/format.js';
import { t, told } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { asPerson } from '../../lib/session.js';
import { Badge, Button, Empty, Time } from '../../components/basics.js';
import { ask } from '../../components/dialog.js';
import { RowMenu } from '../../components/menu.js';
import { PageHead } from '../../components/head.js';
import { Table } from '../../components/table.js';
import { say } from '../../components/toast.js';
import { PlanDialog } from './plan-dialog.js';

export default function Plans() {
  /** @type {import('../../lib/load.js').Loaded<Api.List<Api.Plan>>} */
  const list = useLoad((signal) => asPerson('GET', '/admin/plans', undefined, { signal }), []);
  const [editing, setEditing] = useState(/** @type {Api.Plan | 'new' | null} */ (null));
  const retire = (/** @type {Api.Plan} */ plan) =>
    ask({
      title: t('plans.ask_retire', { name: plan.name }),
      text: t('plans.ask_retire_text'),
      action: t('plans.retire'),
      danger: true,
      act: async () => {
        await asPerson('DELETE', `/admin/plans/${plan.id}`);
        await list.reload();
        say(t('plans.retired', { name: plan.name }));
      },
    });
  /** @type {import('../../components/table.js').Column<Api.Plan>[]} */
  const columns = [
    {
      title: t('name'),
      kind: 'main',
      show: (plan) =>
        html`<div><span class="strong break">${plan.name}</span><br /><code class="muted break">${plan.id}</code>
          </div>`,
    },
    {
      title: t('plan.price'),
      show: (plan) =>
        html`<span><span class="number">${money(plan.price)}</span> <span class="muted small">
          ${told(`cycle.${plan.billing_cycle}`)}</span></span>`,
    },
    {
      title: t('plans.offered'),
      show: (plan) =>
        plan.retired_at
          ? html`<span class="row"><${Badge}>${t('plans.is_retired')}<//><${Time} at=${plan.retired_at} as="date" /></span>`
          : html`<${Badge} kind=${plan.self_service ? 'good' : ''}>
            ${t(plan.self_service ? 'plans.self_service' : 'plans.by_admin')}<//>`,
    },
    {
      title: t('plans.features'),
      show: (plan) => html`<span class="muted small">${t('plans.count', { count: plan.features.length })}</span>`,
    },
    {
      title: t('actions'),
      kind: 'actions corner',
      show: (plan) =>
        html`<${RowMenu} label=${t('plans.menu', { name: plan.name })} items=${[
          { text: t('change'), icon: 'sliders', act: () => setEditing(plan) },
          !plan.retired_at && { text: t('plans.retire'), icon: 'cross', bad: true, act: () => retire(plan) },
        ]} />`,
    },
  ];
  const create = html`<${Button} kind="primary" icon="plus" onClick=${() => setEditing('new')}>${t('plans.new')}<//>`;
  return html`<${PageHead} title=${t('nav.plans')} lead=${t('plans.lead')}>${create}<//>
    <div class="card"><${Table} label=${t('nav.plans')} columns=${columns} of=${list}
      keyOf=${(/** @type {Api.Plan} */ plan) => plan.id} empty=${html`<${Empty} icon="plan"
      title=${t('plans.none')} />`} /></div>
    ${editing && html`<${PlanDialog} plan=${editing === 'new' ? null : editing} onClose=${() => setEditing(null)}
      onSaved=${list.reload} />`}`;
}
