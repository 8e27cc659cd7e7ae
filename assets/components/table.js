// Lists: a table on wide screens, cards on narrow ones; loading, empty, failed, and page by page.
import { html, useEffect } from '../lib/ui.js';
import { number } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { Button, Failed } from './basics.js';

/**
 * @template T
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: T) => Children} show
 * @property {string} [kind] classes of its cells: `main` heads a card, `actions`, `right`
 */

/**
 * @template T
 * @param {{label: string, columns: Column<T>[], of: import('../lib/load.js').Loaded<Api.List<T>>, keyOf: (row: T) => string, empty: Children,
 *   page?: number, size?: number, onPage?: (page: number) => void}} props
 */
export function Table({ label, columns, of, keyOf, empty, page = 1, size = 25, onPage }) {
  const { data, problem, busy, reload } = of;
  // The last row of the last page was taken away, or the address names a page that never was.
  const isBeyond = data && !busy && !data.items.length && page > 1;
  useEffect(() => {
    if (isBeyond) onPage?.(Math.max(1, Math.ceil(data.total / size)));
  }, [isBeyond]);
  if (problem && !busy) return html`<${Failed} problem=${problem} retry=${reload} />`;
  if (data && !data.items.length && page === 1) return empty;
  // The roles are named, because on narrow screens the rows are drawn as cards, and are no table to some browsers then.
  const cell = (/** @type {Column<T>} */ column, /** @type {Children} */ content) =>
    html`<td role="cell" class=${column.kind} data-label=${column.title}>${content}</td>`;
  return html`<table role="table" class="table" aria-label=${label} aria-busy=${String(busy)}>
      <thead role="rowgroup"><tr role="row">${columns.map((column) => html`<th role="columnheader" scope="col" class=${column.kind}>
        ${column.kind?.startsWith('actions') ? html`<span class="hidden">
        ${column.title}</span>` : column.title}</th>`)}</tr></thead>
      <tbody role="rowgroup">${
        data
          ? data.items.map(
              (row) => html`<tr role="row" key=${keyOf(row)}>${columns.map((column) => cell(column, column.show(row)))}</tr>`,
            )
          : Array.from(
              { length: 5 },
              (_, index) =>
                html`<tr role="row" key=${index}>${columns.map((column) => cell(column, html`<span class="bone"
                  style=${{ width: `${7 - ((index * 2) % 4)}rem`, maxWidth: '100%' }}></span>`))}</tr>`,
            )
      }</tbody>
    </table>
    <span class="hidden" role="status">${data ? '' : t('loading')}</span>
    ${data && onPage && html`<${Pager} page=${page} size=${size} shown=${data.items.length} total=${data.total}
      onPage=${onPage} />`}`;
}

/** @param {{page: number, size: number, shown: number, total: number, onPage: (page: number) => void}} props */
export function Pager({ page, size, shown, total, onPage }) {
  const first = (page - 1) * size;
  const last = Math.max(1, Math.ceil(total / size));
  if (last === 1 && page === 1)
    return html`<div class="pager"><span class="muted small">${t('pager.all', { count: total })}</span></div>`;
  return html`<nav class="pager" aria-label=${t('pager.label')}>
    <span class="muted small number" role="status">
      ${t('pager.range', { from: number(shown ? first + 1 : 0), to: number(shown ? first + shown : 0), total: number(total) })}</span>
    <span class="row">
      <${Button} icon="left" disabled=${page <= 1} onClick=${() => onPage(Math.min(page - 1, last))}>${t('pager.previous')}<//>
      <${Button} disabled=${page >= last} onClick=${() => onPage(page + 1)}>${t('pager.next')}<//>
    </span>
  </nav>`;
}
