// Configuration as a form: of an organization, and of the installation.
import { html, useState } from '../lib/ui.js';
import { phrase, t } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { Card, Loaded } from './basics.js';
import { Search } from './fields.js';
import { ConfigDetails } from './config-details.js';
import { ConfigRow } from './config-row.js';

/**
 * How a configuration is read and written.
 * @typedef {object} Level
 * @property {'tenant' | 'global'} name
 * @property {string} base its address in the API
 * @property {(method: Method, path: string, body?: unknown, options?: import('../lib/http.js').Options) => Promise<any>} call
 * @property {boolean} mayChange
 * @property {'TENANT' | 'ENVIRONMENT' | 'GLOBAL'} scope what a change is for
 * @property {(key: string) => void} [onChanged]
 * @property {(configs: Api.Config[]) => Children} [actions] beside the title of a group with these keys
 */

/** @param {Api.ConfigTree} tree @param {Api.Config} changed @returns {Api.ConfigTree} */
const withChange = (tree, changed) => ({
  resources: tree.resources.map((resource) => ({
    ...resource,
    config_groups: resource.config_groups.map((group) => ({
      ...group,
      sections: group.sections.map((section) => ({
        ...section,
        configs: section.configs.map((config) => (config.key === changed.key ? changed : config)),
      })),
    })),
  })),
});

/** @param {{level: Level, children?: Children}} props */
export function ConfigTree({ level, children }) {
  /** @type {import('../lib/load.js').Loaded<Api.ConfigTree>} */
  const tree = useLoad((signal) => level.call('GET', `${level.base}?sources=true`, undefined, { signal }), []);
  const [needle, setNeedle] = useState('');
  const [details, setDetails] = useState(/** @type {Api.Config | null} */ (null));
  const fits = (/** @type {Api.Config} */ config) =>
    `${config.key} ${phrase(config.lbl)}`.toLowerCase().includes(needle.trim().toLowerCase());
  /** @param {Api.Config} config */
  const row = (
    config,
  ) => html`<${ConfigRow} key=${config.key} config=${config} level=${level} onDetails=${() => setDetails(config)}
    onChanged=${(/** @type {Api.Config} */ changed) => tree.data && tree.set(withChange(tree.data, changed))} />`;
  return html`<div class="stack wide">
    <div class="row apart"><${Search} label=${t('config.search')} value=${needle} onInput=${setNeedle} />
      ${children}</div>
    <${Loaded} of=${tree} lines=${10}>${(/** @type {Api.ConfigTree} */ data) => {
      const groups = data.resources.flatMap((resource) =>
        resource.config_groups.map((group) => ({
          resource,
          group,
          configs: group.sections.flatMap((section) => section.configs).filter(fits),
        })),
      );
      const shown = groups.filter((group) => group.configs.length);
      if (!shown.length) return html`<p class="muted" role="status">${t('nothing_found')}</p>`;
      return shown.map(
        ({ resource, group, configs }) => html`<${Card} key=${resource.resrc_name + group.grp_title} body=${false}
        title=${`${phrase(resource.resrc_name)} · ${phrase(group.grp_title)}`} actions=${level.actions?.(configs)}>${configs.map(row)}<//>`,
      );
    }}<//>
    ${details && html`<${ConfigDetails} config=${details} level=${level} onClose=${() => setDetails(null)} />`}
  </div>`;
}
