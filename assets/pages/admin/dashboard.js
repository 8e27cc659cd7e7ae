// The installation at a glance: what there is, and how it came to be.
import { html, useState } from '../../lib/ui.js';
import { SPANS, byDays, isLevel, seriesPath } from '../../lib/figures.js';
import { number } from '../../lib/format.js';
import { t, told } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { asPerson } from '../../lib/session.js';
import { Card, Empty, Loaded, Segments } from '../../components/basics.js';
import { Chart } from '../../components/chart.js';
import { Labelled } from '../../components/fields.js';
import { PageHead } from '../../components/head.js';

/** @typedef {import('../../lib/figures.js').Metric} Metric */
/** @typedef {import('../../lib/figures.js').Span} Span */

/** @param {{label: string, value: number, hint: string, href?: string}} props */
function Figure({ label, value, hint, href }) {
  const inner = html`<span class="muted small">${label}</span><span class="value">${number(value)}</span><span
    class="muted small">${hint}</span>`;
  return href ? html`<a class="card stat" href=${href}>${inner}</a>` : html`<div class="card stat">${inner}</div>`;
}

export default function Dashboard() {
  /** @type {import('../../lib/load.js').Loaded<Api.Stats>} */
  const stats = useLoad((signal) => asPerson('GET', '/admin/stats', undefined, { signal }), []);
  const [span, setSpan] = useState(/** @type {Span} */ ('month-day'));
  const choose = (/** @type {Event} */ event) =>
    setSpan(/** @type {Span} */ (/** @type {HTMLSelectElement} */ (event.target).value));
  return html`<${PageHead} title=${t('nav.dashboard')} lead=${t('dashboard.lead')} />
    <div class="stack wide">
      <${Loaded} of=${stats} lines=${3}>${(/** @type {Api.Stats} */ data) => html`<div class="grid stats">
        <${Figure} label=${t('dashboard.tenants')} value=${data.total_tenants}
          hint=${t('dashboard.active', { count: data.active_tenants })} href="#/admin/organizations" />
        <${Figure} label=${t('dashboard.users')} value=${data.total_users} hint=${t('dashboard.users_hint')}
          href="#/admin/users" />
        <${Figure} label=${t('dashboard.requests')} value=${data.total_api_requests_24h}
          hint=${t('dashboard.last_day')} />
        <${Figure} label=${t('dashboard.violations')} value=${data.total_violations_24h}
          hint=${t('dashboard.last_day')} /></div>`}<//>
      <div class="narrow"><${Labelled} label=${t('dashboard.span')}>${(/** @type {object} */ tied) => html`<select
        class="input" onChange=${choose} ...${tied}>${SPANS.map((one) => html`<option key=${one} value=${one}
        selected=${one === span}>${told(`span.${one}`)}</option>`)}</select>`}<//></div>
      <div class="grid two">
        <${Figures} title=${t('dashboard.traffic')} metrics=${['requests', 'violations', 'sign_ins']} span=${span} />
        <${Figures} title=${t('dashboard.growth')} metrics=${['tenants', 'users']} span=${span} />
      </div>
    </div>`;
}

/** A chart of one of these figures. @param {{title: string, metrics: Metric[], span: Span}} props */
function Figures({ title, metrics, span }) {
  const [metric, setMetric] = useState(metrics[0]);
  const path = seriesPath(metric, span);
  /** @type {import('../../lib/load.js').Loaded<Api.Series>} */
  const series = useLoad((signal) => asPerson('GET', path, undefined, { signal }), [metric, span]);
  const name = (/** @type {Metric} */ one) => told(`metric.${one}`);
  const options = metrics.map((one) => [one, name(one)]);
  const step = t(byDays(span) ? 'usage.by_days' : 'usage.by_hours');
  return html`<${Card} title=${title} lead=${isLevel(metric) ? t('dashboard.level') : step}
    actions=${html`<${Segments} label=${t('dashboard.metric')} value=${metric} options=${options}
      onChange=${setMetric} />`}>
    <${Loaded} of=${series} lines=${7}>${(/** @type {Api.Series} */ { metric: shown, items, total }) =>
      total
        ? html`<${Chart} times=${items.map((item) => item.at)} days=${byDays(span)}
          series=${[{ label: name(shown), colour: shown === 'violations' ? 'bad' : 'accent', values: items.map((item) => item.value) }]}
          caption=${t('dashboard.table', { name: name(shown) })} />
          <p class="muted small">${t(isLevel(shown) ? 'dashboard.now' : 'dashboard.total', { count: total })}</p>`
        : html`<${Empty} icon="chart" title=${t('dashboard.nothing')} text=${t('dashboard.nothing_text')} />`}<//><//>`;
}
