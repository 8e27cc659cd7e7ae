// Requests and violations of an organization over time.
import { html, useState } from '../lib/ui.js';
import { number } from '../lib/format.js';
import { t, told } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { asMember } from '../lib/tenant.js';
import { byDays, usagePath } from '../lib/usage.js';
import { Card, Loaded, Segments } from '../components/basics.js';
import { UsageChart } from '../components/chart.js';
import { PageHead } from '../components/head.js';

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function UsagePage({ tenant }) {
  const [span, setSpan] = useState(/** @type {import('../lib/usage.js').Span} */ ('month'));
  const [environment, setEnvironment] = useState(/** @type {string} */ (tenant.environment));
  /** @type {import('../lib/load.js').Loaded<Api.Usage>} */
  const usage = useLoad(
    (signal) => asMember('GET', usagePath(span, environment), undefined, { signal }),
    [span, environment],
  );
  const spans = /** @type {const} */ (['day', 'week', 'month', 'quarter']).map((name) => [name, t(`usage.${name}`)]);
  const environments = ['prod', 'staging', 'dev', 'all'].map((name) => [name, told(`environment.${name}`)]);
  return html`<${PageHead} title=${t('nav.usage')} lead=${t('usage.lead')} />
    <div class="stack wide">
      <div class="row"><${Segments} label=${t('usage.span')} value=${span} options=${spans} onChange=${setSpan} />
        <${Segments} label=${t('switch.environment')} value=${environment} options=${environments}
        onChange=${setEnvironment} /></div>
      <${Loaded} of=${usage} lines=${8}>${(/** @type {Api.Usage} */ data) => html`
        <div class="grid"><div class="card stat"><span class="muted small">${t('usage.requests')}</span><span
          class="value">${number(data.requests)}</span></div>
          <div class="card stat"><span class="muted small">${t('usage.violations')}</span><span class="value">
            ${number(data.violations)}</span></div></div>
        <${Card} title=${t('usage.chart')} lead=${byDays(span) ? t('usage.by_days') : t('usage.by_hours')}>
          <${UsageChart} usage=${data} days=${byDays(span)} /><//>`}<//>
    </div>`;
}
