// Where the value of a key comes from, level by level, and who changed it.
import { html, useState } from '../lib/ui.js';
import { phrase, t, told } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { Badge, Loaded, Time } from './basics.js';
import { Dialog } from './dialog.js';
import { Pager } from './table.js';

/** Changes on a page. */
const SIZE = 10;

/** @param {Api.Value} value @param {boolean} isSet */
function shown(value, isSet) {
  if (!isSet) return html`<span class="muted">${t('config.not_set')}</span>`;
  if (value === null) return html`<span class="muted">${t('config.hidden')}</span>`;
  if (value === '') return html`<span class="muted">${t('config.blank')}</span>`;
  if (typeof value === 'boolean') return t(value ? 'config.on' : 'config.off');
  return html`<span class="break">${told(`option.${value}`, String(value))}</span>`;
}

/** @param {{config: Api.Config, level: import('./config-tree.js').Level, onClose: () => void}} props */
export function ConfigDetails({ config, level, onClose }) {
  const path = `${level.base}/${encodeURIComponent(config.key)}`;
  /** @type {import('../lib/load.js').Loaded<Api.Explanation>} */
  const explained = useLoad((signal) => level.call('GET', `${path}/explain`, undefined, { signal }), []);
  const [page, setPage] = useState(1);
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.Change>>} */
  const history = useLoad(
    (signal) => level.call('GET', `${path}/history?limit=${SIZE}&offset=${(page - 1) * SIZE}`, undefined, { signal }),
    [page],
  );
  return html`<${Dialog} wide=${true} title=${phrase(config.lbl)} onClose=${onClose}>
    <h3>${t('config.layers')}</h3>
    <${Loaded} of=${explained} lines=${4}>${(/** @type {Api.Explanation} */ data) =>
      html`<ul class="card">${data.layers.map(
        (layer) => html`<li key=${layer.source} class="setting">
      <p class="row"><span class="strong">${told(`source.${layer.source}`, layer.source)}</span>
        ${layer.is_winner && html`<${Badge} kind="good">
        ${t('config.in_force')}<//>`}${layer.is_locked && html`<${Badge} kind="warn">${t('config.locked')}<//>`}</p>
      <p>${shown(layer.value, layer.is_set)}</p></li>`,
      )}</ul>`}<//>
    <h3>${t('config.history')}</h3>
    <${Loaded} of=${history} lines=${3}>${(/** @type {Api.List<Api.Change>} */ list) =>
      list.items.length
        ? html`<div class="card"><ul>${list.items.map(
            (change) => html`<li class="setting">
      <div><p>${change.email ?? (change.actor === 'operator' ? t('config.by_operator') : change.user_id)}${
        change.impersonator_id && html`<br /><span class="muted small">${t('audit.impersonated')}</span>`}</p><p
        class="muted small"><${Time} at=${change.at} />
        ${change.environment && ` · ${told(`environment.${change.environment}`)}`}</p></div>
      <p>${change.action === 'reset' ? html`<span class="muted">
        ${t('config.was_reset')}</span>` : shown(change.value, true)}${
          change.is_locked && html` <${Badge} kind="warn">${t('config.locked')}<//>`}</p></li>`,
          )}</ul><${Pager} page=${page} size=${SIZE} shown=${list.items.length} total=${list.total} onPage=${setPage} /></div>`
        : html`<p class="muted">${t('config.no_history')}</p>`}<//>
  <//>`;
}
