// A chart of requests and violations over time. The library is fetched when the first chart shows; beside the drawing there is
// a table for those who cannot see it.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { compact, moment, number } from '../lib/format.js';
import { language, t } from '../lib/i18n.js';
import { isDark } from '../lib/theme.js';
import { Empty } from './basics.js';

/** @typedef {typeof import('uplot')} Plot */

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
 * @param {boolean} days
 * @returns {import('uplot').Options}
 */
function options(Plot, width, days) {
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
  const label = (seconds) =>
    new Date(seconds * 1000).toLocaleString(
      language.value,
      days ? { day: 'numeric', month: 'short', timeZone: 'UTC' } : { hour: '2-digit', minute: '2-digit' },
    );
  return {
    width,
    height: 240,
    legend: { show: false },
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
      { ...axis, grid: { show: false }, values: (_, splits) => splits.map(label), space: 64 },
      {
        ...axis,
        values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? compact(value) : '')),
        size: 52,
      },
    ],
    series: [
      {},
      {
        label: t('usage.requests'),
        paths: bars,
        fill: colour('--accent'),
        stroke: colour('--accent'),
        width: 0,
        points: { show: false },
      },
      {
        label: t('usage.violations'),
        paths: bars,
        fill: colour('--bad'),
        stroke: colour('--bad'),
        width: 0,
        points: { show: false },
      },
    ],
  };
}

/** @param {{usage: Api.Usage, days: boolean}} props */
export const UsageChart = ({ usage, days }) =>
  usage.requests || usage.violations
    ? html`<${Chart} usage=${usage} days=${days} />`
    : html`<${Empty} icon="chart" title=${t('usage.none')} text=${t('usage.none_text')} />`;

/** @param {{usage: Api.Usage, days: boolean}} props */
function Chart({ usage, days }) {
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
      const { items } = usage;
      const data = [
        items.map((item) => Date.parse(item.at) / 1000),
        items.map((item) => item.requests),
        items.map((item) => item.violations),
      ];
      loadLibrary().then(
        (Plot) => {
          if (!isGone && place.current)
            plot = new Plot(options(Plot, width, days), /** @type {any} */ (data), place.current);
        },
        () => {},
      );
    }
    return () => {
      isGone = true;
      plot?.destroy();
    };
  }, [usage, width, isDark.value, language.value]);
  return html`<figure>
    <div class="chart" ref=${place} aria-hidden="true"></div>
    <figcaption class="row apart"><span class="legend"><span><i></i>${t('usage.requests')}</span><span><i class="bad">
      </i>${t('usage.violations')}</span></span></figcaption>
    <div class="hidden"><${UsageTable} usage=${usage} days=${days} /></div>
  </figure>`;
}

/** @param {{usage: Api.Usage, days: boolean}} props */
function UsageTable({ usage, days }) {
  const used = usage.items.filter((item) => item.requests || item.violations);
  return html`<table><caption>${t('usage.table')}</caption>
    <thead><tr><th scope="col">${t('usage.at')}</th><th scope="col">${t('usage.requests')}</th><th scope="col">
      ${t('usage.violations')}</th></tr></thead>
    <tbody>${used.map((item) => html`<tr><th scope="row">${moment(item.at, days ? 'date' : 'time')}</th><td>
      ${number(item.requests)}</td><td>${number(item.violations)}</td></tr>`)}</tbody></table>`;
}
