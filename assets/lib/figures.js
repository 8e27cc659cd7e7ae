// Figures of the whole installation over time.

/** @typedef {'tenants' | 'users' | 'requests' | 'violations' | 'sign_ins'} Metric */
/** @typedef {'day-hour' | 'week-hour' | 'week-day' | 'month-day' | 'quarter-day'} Span how long, and by what step */

/** @type {Span[]} */
export const SPANS = ['day-hour', 'week-hour', 'week-day', 'month-day', 'quarter-day'];
const DAYS = /** @type {Record<string, number>} */ ({ day: 1, week: 7, month: 30, quarter: 90 });
const HOUR = 3_600_000;

/** Whether a step is a day; else it is an hour. @param {Span} span */
export const byDays = (span) => span.endsWith('-day');

/** Whether the figure tells how many there are, and not how many came. @param {Metric} metric */
export const isLevel = (metric) => metric === 'tenants' || metric === 'users';

/** The address of a figure in a span that ends now. @param {Metric} metric @param {Span} span */
export function seriesPath(metric, span) {
  const step = byDays(span) ? 'day' : 'hour';
  const width = byDays(span) ? 24 * HOUR : HOUR;
  const columns = (DAYS[span.split('-')[0]] * 24 * HOUR) / width;
  const last = Math.floor(Date.now() / width) * width;
  const from = new Date(last - (columns - 1) * width).toISOString().replace('.000', '');
  return `/admin/stats/series?${new URLSearchParams({ metric, step, from })}`;
}
