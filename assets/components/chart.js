// Charts of numbers over time. The library is fetched when the first chart shows; beside the drawing there is a table for those
// who cannot see it.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { compact, moment, number, utcDay } from '../lib/format.js';
import { language, t } from '../lib/i18n.js';
import { isDark } from '../lib/theme.js';
import { Empty } from './basics.js';

/** @typedef {typeof import('uplot')} Plot */
/**
 * One number in each step.
 * @typedef {object} Series
 * @property {string} label
 * @property {'accent' | 'bad'} colour
 * @property {number[]} values
 */
/**
 * @typedef {object} Drawing
 * @property {string[]} times begin of each step
 * @property {Series[]} series
 * @property {boolean} days whether a step is a day; else it is an hour
 */

/** @type {Promise<Plot> | null} */
let library = null;

/** It is a script of the old kind, which leaves a global name. */
function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: 'vendor/uPlot.css' });
    const script = Object.assign(document.createElement('script'), { src: 'vendor/uPlot.js' });
    script.onload = () => resolve(/** @type {any} */ (window).uPlot);
    script.onerror = () => {
      library = null;
      reject(new Error('The chart did not load.'));
    };
    document.head.append(style, script);
  });
  return library;
}

/**
 * @param {Plot} Plot
 * @param {number} width
 * @param {Drawing} drawing
 * @returns {import('uplot').Options}
 */
function options(Plot, width, { days, series }) {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const font = `12px ${colour('--font')}`;
  const axis = {
    stroke: colour('--muted'),
    font,
    ticks: { show: false },
    grid: { stroke: colour('--line'), width: 1 },
  };
  const bars = /** @type {any} */ (Plot.paths).bars({ size: [0.7, 28], radius: 0.15, gap: 2 });
  /** @param {number} seconds */
  const label = (seconds) => {
    const time = new Date(seconds * 1000);
    if (days) return time.toLocaleString(language.value, { day: 'numeric', month: 'short', timeZone: 'UTC' });
    // At midnight the day is what one wants to know.
    const isMidnight = time.getHours() === 0 && time.getMinutes() === 0;
    return time.toLocaleString(
      language.value,
      isMidnight ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit' },
    );
  };
  return {
    width,
    height: 240,
    legend: { show: false },
    // The days are those of UTC, wherever the reader is, and so are the places of their names.
    ...(days && { tzDate: (seconds) => Plot.tzDate(new Date(seconds * 1000), 'Etc/UTC') }),
    cursor: { show: false },
    padding: [12, 4, 0, 0],
    // Half a step of room on both sides, for the first bar and the last.
    scales: {
      x: {
        range: (plot, min, max) => {
          const step = (max - min) / Math.max(1, plot.data[0].length - 1) / 2;
          return [min - step, max + step];
        },
      },
      y: { range: (_, __, max) => [0, Math.max(max * 1.1, 5)] },
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_, splits) => splits.map(label), space: 64, size: 32 },
      {
        ...axis,
        values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? compact(value) : '')),
        size: 52,
      },
    ],
    series: [
      {},
      ...series.map((one) => ({
        label: one.label,
        paths: bars,
        fill: colour(`--${one.colour}`),
        stroke: colour(`--${one.colour}`),
        width: 0,
        points: { show: false },
      })),
    ],
  };
}

/** @param {Drawing & {caption: string}} props */
export function Chart({ caption, ...drawing }) {
  const { times, series } = drawing;
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    let isGone = false;
    /** @type {import('uplot') | null} */
    let plot = null;
    if (width) {
      const data = [times.map((at) => Date.parse(at) / 1000), ...series.map((one) => one.values)];
      loadLibrary().then(
        (Plot) => {
          if (!isGone && place.current)
            plot = new Plot(options(Plot, width, drawing), /** @type {any} */ (data), place.current);
        },
        () => {},
      );
    }
    return () => {
      isGone = true;
      plot?.destroy();
    };
  }, [JSON.stringify(drawing), width, isDark.value, language.value]);
  return html`<figure>
    <div class="chart" ref=${place} aria-hidden="true"></div>
    ${
      series.length > 1 &&
      html`<figcaption class="row apart"><span class="legend">${series.map((one) => html`<span key=${one.label}><i
        class=${one.colour}></i>${one.label}</span>`)}</span></figcaption>`
    }
    <div class="hidden"><${Numbers} drawing=${drawing} caption=${caption} /></div>
  </figure>`;
}

/** @param {{drawing: Drawing, caption: string}} props */
function Numbers({ drawing: { times, series, days }, caption }) {
  const told = times.map((_, index) => index).filter((index) => series.some((one) => one.values[index]));
  return html`<table><caption>${caption}</caption>
    <thead><tr><th scope="col">${t('usage.at')}</th>${series.map((one) => html`<th key=${one.label} scope="col">
      ${one.label}</th>`)}</tr></thead>
    <tbody>${told.map((index) => html`<tr key=${index}><th scope="row">${days ? utcDay(times[index]) : moment(times[index])}</th>
      ${series.map((one) => html`<td key=${one.label}>${number(one.values[index])}</td>`)}</tr>`)}</tbody></table>`;
}

/** @param {{usage: Api.Usage, days: boolean}} props */
export const UsageChart = ({ usage: { items, requests, violations }, days }) =>
  requests || violations
    ? html`<${Chart} times=${items.map((item) => item.at)} days=${days} caption=${t('usage.table')} series=${[
        { label: t('usage.requests'), colour: 'accent', values: items.map((item) => item.requests) },
        { label: t('usage.violations'), colour: 'bad', values: items.map((item) => item.violations) },
      ]} />`
    : html`<${Empty} icon="chart" title=${t('usage.none')} text=${t('usage.none_text')} />`;
