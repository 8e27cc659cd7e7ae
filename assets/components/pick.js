// A field that finds something by its name while one types, and keeps its id.
import { html, useEffect, useId, useState } from '../lib/ui.js';
import { Problem } from '../lib/http.js';
import { useSettled } from '../lib/load.js';
import { Labelled } from './fields.js';

/** @typedef {{id: string, text: string}} Found */

/**
 * @param {{label: string, hint?: string, error?: string, name: string, value: string, placeholder?: string, find: (text: string) => Promise<Found[]>,
 *   onChange: (id: string) => void}} props `value` is an id; an id may be typed, too
 */
export function Pick({ label, hint, error, name, value, placeholder, find, onChange }) {
  const id = useId();
  const [text, setText] = useState(value);
  const [found, setFound] = useState(/** @type {Found[]} */ ([]));
  const isId = (/** @type {string} */ typed) => /^[a-z]{3}_[0-9a-z]{26}$/.test(typed);
  const chosen = found.find((one) => one.id === value)?.text ?? value;
  // Also where another control or the address changes it.
  useEffect(() => setText(chosen), [value]);
  useSettled(text, async (settled) => {
    const typed = settled.trim();
    if (typed.length < 2 || typed === chosen || isId(typed)) return;
    try {
      setFound(await find(typed));
    } catch (problem) {
      // Nothing is offered then; what is typed may still be an id.
      if (!(problem instanceof Problem)) throw problem;
    }
  });
  const input = (/** @type {Event} */ event) => {
    const typed = /** @type {HTMLInputElement} */ (event.target).value;
    setText(typed);
    const hit = found.find((one) => one.text === typed)?.id ?? (isId(typed.trim()) ? typed.trim() : '');
    if (hit || !typed) onChange(hit);
  };
  return html`<${Labelled} label=${label} hint=${hint} error=${error}>${(/** @type {object} */ tied) => html`<input
    class="input" name=${name} list="${id}-found" value=${text} placeholder=${placeholder} autocomplete="off"
    spellcheck=${false} autocapitalize="off" onInput=${input} ...${tied} /><datalist id="${id}-found">
      ${found.map((one) => html`<option key=${one.id} value=${one.text}></option>`)}</datalist>`}<//>`;
}
