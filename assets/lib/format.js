// Numbers, money and times as the reader writes them.
import { language } from './i18n.js';

/** @param {number} value */
export const number = (value) => value.toLocaleString(language.value);

/** @param {number} value */
export const compact = (value) =>
  value.toLocaleString(language.value, { notation: 'compact', maximumFractionDigits: 1 });

/** @param {number} value */
export const money = (value) =>
  value.toLocaleString(language.value, {
    minimumFractionDigits: Number.isInteger(value) ? 0 : 2,
    maximumFractionDigits: 2,
  });

/** @param {number} bytes */
export function size(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0, units.length - 1);
  const options = { style: 'unit', unit: units[step], unitDisplay: step ? 'short' : 'long', maximumFractionDigits: 1 };
  return (bytes / 1000 ** step).toLocaleString(language.value, /** @type {Intl.NumberFormatOptions} */ (options));
}

/**
 * @param {string} text a time of the API
 * @param {'date' | 'time'} [detail]
 */
export function moment(text, detail = 'time') {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = detail === 'date' ? { dateStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' };
  return new Date(text).toLocaleString(language.value, options);
}

/** @param {string} text a time of the API */
export function utc(text) {
  return `${new Date(text).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** @param {string} text a time of the API, at which a day of UTC begins */
export const utcDay = (text) =>
  new Date(text).toLocaleDateString(language.value, { dateStyle: 'medium', timeZone: 'UTC' });

/** @param {string} text a time of the API, told from now: "2 hours ago" */
export function ago(text) {
  const seconds = (Date.parse(text) - Date.now()) / 1000;
  /** @type {[Intl.RelativeTimeFormatUnit, number][]} */
  const units = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
  ];
  const [unit, span] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['minute', 60];
  return new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' }).format(Math.round(seconds / span), unit);
}

/**
 * @param {{first_name: string, last_name: string, email: string}} person
 */
export function initials(person) {
  const letters = `${[...person.first_name][0] ?? ''}${[...person.last_name][0] ?? ''}` || person.email.slice(0, 1);
  return letters.toUpperCase();
}
