// The words of the page, from one table per language.
import { signal } from './ui.js';
import { keep, recall } from './storage.js';

/** @typedef {typeof import('../i18n/en.js').default} Table */
/** @typedef {keyof Table} Key */
/** @typedef {{one: string, other: string}} Plural */

export const LANGUAGES = /** @type {const} */ ({ en: 'English', de: 'Deutsch' });
/** @typedef {keyof typeof LANGUAGES} Language */

/** @type {Record<Language, () => Promise<{default: Table, phrases: [RegExp, string][], problems: Record<string, string>}>>} */
const TABLES = { en: () => import('../i18n/en.js'), de: () => import('../i18n/de.js') };

/** @type {Record<string, string | Plural>} */
let table = {};
/** @type {[RegExp, string][]} */
let phrases = [];
/** @type {Record<string, string>} */
let problems = {};
let plurals = new Intl.PluralRules('en');

/** @type {import('../vendor/signals.js').Signal<Language>} */
export const language = signal('en');

/** @param {Language} code */
export async function speak(code) {
  const found = await TABLES[code]();
  table = found.default;
  ({ phrases, problems } = found);
  plurals = new Intl.PluralRules(code);
  document.documentElement.lang = code;
  language.value = code;
}

/** @param {Language} code */
export async function chooseLanguage(code) {
  keep('language', code);
  await speak(code);
}

/** @returns {Language} the chosen language, else the first of the browser's that there is a table for */
export function preferredLanguage() {
  const wanted = [recall('language'), ...navigator.languages].map((name) => name?.slice(0, 2));
  const found = wanted.find((name) => name && Object.hasOwn(LANGUAGES, name));
  return /** @type {Language} */ (found ?? 'en');
}

/**
 * The message with `{name}` replaced by the value of that name; a message with forms for one and many takes `count`.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  // Read, so that who shows a message shows it again in another language.
  const code = language.value;
  const found = table[key] ?? key;
  const text =
    typeof found === 'string' ? found : plurals.select(Number(values.count)) === 'one' ? found.one : found.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === 'number' ? value.toLocaleString(code) : (value ?? whole);
  });
}

/**
 * The message of a key that is put together from what the API says, or `otherwise` where the table has none.
 * @param {string} key
 * @param {string} [otherwise]
 */
export function told(key, otherwise = '') {
  return Object.hasOwn(table, key) ? t(/** @type {Key} */ (key)) : language.value && otherwise;
}

/**
 * A sentence of the API, which speaks English, as far as the language knows it.
 * @param {string} text
 */
export function phrase(text) {
  const code = language.value;
  const found = code && phrases.find(([pattern]) => pattern.test(text));
  if (!found) return text;
  const grouped = /\b\d{1,3}(,\d{3})+\b/g;
  return text.replace(...found).replace(grouped, (number) => Number(number.replaceAll(',', '')).toLocaleString(code));
}

/**
 * A problem of the API in the reader's language.
 * @param {string} code
 * @param {string} text the API's own sentence, which knows more than the code says
 */
export function problemText(code, text) {
  const own = phrase(text);
  return own === text ? (language.value && problems[code]) || text : own;
}
