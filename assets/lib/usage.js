// Spans of usage that can be looked at.

/** @typedef {'day' | 'week' | 'month' | 'quarter'} Span */

const DAYS = { day: 1, week: 7, month: 30, quarter: 90 };

/** Whether a span is shown by days; else by hours. @param {Span} span */
export const byDays = (span) => span !== 'day';

/**
 * The address of the usage in a span that ends now.
 * @param {Span} span
 * @param {string} environment
 */
export function usagePath(span, environment) {
  const query = new URLSearchParams({ environment, step: byDays(span) ? 'day' : 'hour' });
  if (byDays(span)) {
    const midnight = new Date().setUTCHours(0, 0, 0, 0);
    query.set('from', new Date(midnight - (DAYS[span] - 1) * 86_400_000).toISOString().replace('.000', ''));
  }
  return `/service/usage?${query}`;
}
