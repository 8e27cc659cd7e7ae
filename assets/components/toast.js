// Short words that an action worked or failed, read out by screen readers.
import { html, signal, useEffect } from '../lib/ui.js';
import { Problem } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { Button } from './basics.js';
import { Icon } from './icon.js';

/** @typedef {{id: number, kind: 'good' | 'bad', text: string}} Toast */

/** @type {import('../vendor/signals.js').Signal<Toast[]>} */
const toasts = signal([]);
let next = 0;

/** @param {number} id */
const remove = (id) => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

/**
 * @param {string} text
 * @param {'good' | 'bad'} [kind]
 */
export function say(text, kind = 'good') {
  next += 1;
  toasts.value = [...toasts.value.slice(-2), { id: next, kind, text }];
}

/** Runs an action that has no form, and says so where it fails. @param {() => Promise<unknown>} act */
export async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(error.text, 'bad');
  }
}

/** Where they show up; stands once on the page. */
export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.value.map((toast) => html`<${Item}
    key=${toast.id} toast=${toast} />`)}</div>`;
}

/** @param {{toast: Toast}} props */
function Item({ toast }) {
  useEffect(() => {
    // A problem stays until it is closed.
    if (toast.kind === 'bad') return undefined;
    const timer = setTimeout(() => remove(toast.id), 6000);
    return () => clearTimeout(timer);
  }, []);
  return html`<div class="toast ${toast.kind}"><${Icon} name=${toast.kind === 'bad' ? 'alert' : 'check'} /><span
    class="grow break">${toast.text}</span>
    <${Button} kind="plain" icon="cross" label=${t('close')} onClick=${() => remove(toast.id)} /></div>`;
}
