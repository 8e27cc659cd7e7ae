// Actions of the audit: one in words, and the choice of some.
import { html } from '../lib/ui.js';
import { actionGroups, actionText } from '../lib/happenings.js';
import { t } from '../lib/i18n.js';
import { Labelled } from './fields.js';

/** An action in words; its name shows on hover. @param {{name: string}} props */
export const Action = ({ name }) => html`<span class="strong break" title=${name}>${actionText(name)}</span>`;

/**
 * A choice of one action, or of all of a kind: `invite.created`, `invite.`, or nothing.
 * @param {{value: string, kinds?: string[], error?: string, onChange: (value: string) => void}} props `kinds` that can occur; all if left out
 */
export function ActionChoice({ value, kinds, error, onChange }) {
  const groups = actionGroups(kinds);
  const option = (/** @type {string} */ name, /** @type {string} */ text) =>
    html`<option key=${name} value=${name} selected=${name === value}>${text}</option>`;
  const isKnown = groups.some(({ kind, names }) => value === `${kind}.` || names.includes(value));
  return html`<${Labelled} label=${t('audit.action')} error=${error}>${(/** @type {object} */ tied) => html`<select class="input" name="action"
    onChange=${(/** @type {Event} */ event) => onChange(/** @type {HTMLSelectElement} */ (event.target).value)} ...${tied}>
    ${option('', t('all'))}
    ${value && !isKnown && option(value, value)}
    ${groups.map(({ kind, title, names }) => html`<optgroup key=${kind} label=${title}>
      ${names.length > 1 && option(`${kind}.`, t('audit.all_of', { kind: title }))}
      ${names.map((name) => option(name, actionText(name)))}</optgroup>`)}</select>`}<//>`;
}
