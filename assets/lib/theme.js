// Light or dark: as the system says, until the reader chooses.
import { signal } from './ui.js';
import { keep, recall } from './storage.js';

/** @typedef {'light' | 'dark' | 'system'} Theme */

const system = matchMedia('(prefers-color-scheme: dark)');
const chosen = recall('theme');

/** @type {import('../vendor/signals.js').Signal<Theme>} */
export const theme = signal(chosen === 'light' || chosen === 'dark' ? chosen : 'system');

/** What that comes to now. */
export const isDark = signal(document.documentElement.dataset.theme === 'dark');

function apply() {
  isDark.value = theme.value === 'system' ? system.matches : theme.value === 'dark';
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light';
}

/** @param {Theme} value */
export function chooseTheme(value) {
  theme.value = value;
  keep('theme', value === 'system' ? null : value);
  apply();
}

system.addEventListener('change', apply);
