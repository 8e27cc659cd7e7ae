// What happened: who did what, when and to what; filtered, page by page, and as a file.
import { html, useEffect, useState } from '../lib/ui.js';
import { targetText } from '../lib/happenings.js';
import { phrase, t, told } from '../lib/i18n.js';
import { useLoad, useSettled } from '../lib/load.js';
import { note, pageOf, place } from '../lib/router.js';
import { save } from '../lib/save.js';
import { Button, Empty, Time } from './basics.js';
import { Labelled } from './fields.js';
import { Action, ActionChoice } from './happenings.js';
import { Table } from './table.js';
import { attempt, say } from './toast.js';

const SIZE = 25;
const ACTORS = ['user', 'anonymous', 'operator', 'system'];
const FILTERS = ['action', 'actor', 'target', 'tenant_id', 'from', 'to'];

/**
 * Whose audit it is.
 * @typedef {object} Source
 * @property {string} base its address in the API
 * @property {(method: Method, path: string, body?: unknown, options?: import('../lib/http.js').Options) => Promise<any>} call
 * @property {string[]} [kinds] of actions that can occur; all if left out
 * @property {(event: Api.AuditEvent) => Children} [who] what links to a person, beside the name
 * @property {(event: Api.AuditEvent) => string | undefined} [href] the page of what it was done to
 * @property {(event: Api.AuditEvent) => Children} [place] where it was done
 * @property {(errors: Record<string, string>) => Children} [filters] further ones
 */

/** The start of a day of the reader's calendar. @param {string} day @param {number} [later] days after it */
function midnight(day, later = 0) {
  const [year, month, date] = day.split('-').map(Number);
  return `${new Date(year, month - 1, date + later).toISOString().slice(0, 19)}Z`;
}

/** The filter of the address as the API wants it. @param {URLSearchParams} query */
function filterOf(query) {
  const filter = new URLSearchParams();
  for (const name of FILTERS) {
    const value = query.get(name);
    if (!value) continue;
    if (name !== 'from' && name !== 'to') filter.set(name, value);
    // The last day belongs to the list. The field shows nothing where the address holds no day, and then nothing is asked for.
    else if (!Number.isNaN(Date.parse(value))) filter.set(name, midnight(value, name === 'to' ? 1 : 0));
  }
  return filter;
}

/** @param {{source: Source}} props */
export function AuditLog({ source }) {
  const { query } = place.value;
  const page = pageOf(query);
  const path = `${source.base}?${filterOf(query)}&limit=${SIZE}&offset=${(page - 1) * SIZE}`;
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.AuditEvent>>} */
  const list = useLoad((signal) => source.call('GET', path, undefined, { signal }), [path]);
  const empty = html`<${Empty} icon="clock" title=${t('audit.none')} text=${t('audit.none_text')}>
    <${Button} onClick=${() => note(Object.fromEntries([...FILTERS, 'page'].map((name) => [name, ''])))}>
      ${t('audit.clear')}<//><//>`;
  return html`<div class="stack"><${Filters} source=${source} problem=${list.problem} /><div class="card"><${Table}
    label=${t('nav.audit')} columns=${columns(source)} of=${list}
    keyOf=${(/** @type {Api.AuditEvent} */ event) => event.id} empty=${empty} page=${page} size=${SIZE}
    onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div></div>`;
}

/** Everything that the filter leaves, as a file. @param {{source: Source}} props */
export function AuditDownloads({ source }) {
  const filter = filterOf(place.value.query);
  return html`<${Download} source=${source} filter=${filter} format="csv" /><${Download} source=${source}
    filter=${filter} format="ndjson" />`;
}

/** @param {Source} source @returns {import('./table.js').Column<Api.AuditEvent>[]} */
const columns = (source) => [
  {
    title: t('audit.what'),
    kind: 'main',
    show: (event) =>
      html`<div><${Action} name=${event.action} />${
        event.changes && html`<p class="muted small break">${written(event.changes)}</p>`
      }</div>`,
  },
  {
    title: t('audit.who'),
    kind: 'who',
    show: (event) => {
      const { actor } = event;
      return html`<span class="break">${source.who?.(event) || actor.name || told(`audit.actor_${actor.kind}`, actor.kind)}${
        actor.email && html`<br /><span class="muted small">${actor.email}</span>`
      }${event.address && html`<br /><span class="muted small">${t('audit.from_address', { address: event.address })}</span>`}${actor.impersonator_id && html`<br /><span class="muted small">${t('audit.impersonated')}</span>`}</span>`;
    },
  },
  {
    title: t('audit.target'),
    show: (event) => {
      const { kind, id } = event.target;
      return html`<span class="break">${targetText(kind)}${id && html`<br /><${Id} id=${id} href=${source.href?.(event)} />`}${source.place?.(event)}</span>`;
    },
  },
  { title: t('audit.when'), kind: 'fixed', show: (event) => html`<${Time} at=${event.at} />` },
];

/** Leads to what was done to, or shows only what was done to it. @param {{id: string, href?: string}} props */
const Id = ({ id, href }) =>
  href
    ? html`<a class="link small id" title=${id} href=${href}>${id}</a>`
    : html`<button type="button" class="link small id" title=${id} aria-label=${t('audit.only', { id })}
      onClick=${() => choose('target', id)}>${id}</button>`;

/** What changed, on a line; what is empty says nothing. @param {Record<string, unknown>} changes */
const written = (changes) =>
  Object.entries(changes)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}: ${plain(value)}`)
    .join(' · ');

/** @param {unknown} value */
function plain(value) {
  if (Array.isArray(value)) return value.join(', ');
  return value === Object(value) ? JSON.stringify(value) : value;
}

/** @param {{source: Source, filter: URLSearchParams, format: 'csv' | 'ndjson'}} props */
function Download({ source, filter, format }) {
  const [busy, setBusy] = useState(false);
  const download = () =>
    attempt(async () => {
      setBusy(true);
      await source
        .call('GET', `${source.base}/export?${filter}&format=${format}`, undefined, { file: true })
        .then((content) => save(`audit.${format}`, content))
        .finally(() => setBusy(false));
      say(t('audit.saved', { name: `audit.${format}` }));
    });
  return html`<${Button} busy=${busy} onClick=${download}>${t(`audit.${format}`)}<//>`;
}

/** @param {{source: Source, problem: import('../lib/http.js').Problem | null}} props why the list does not show */
function Filters({ source, problem }) {
  const { query } = place.value;
  const errors = Object.fromEntries((problem?.fields ?? []).map(({ field, message }) => [field, phrase(message)]));
  const actor = query.get('actor') ?? '';
  const kind = actor.startsWith('usr_') ? 'user' : actor;
  const input = (/** @type {string} */ name, /** @type {object} */ tied, /** @type {object} */ more) =>
    html`<input class="input" name=${name} value=${query.get(name) ?? ''} autocomplete="off"
      onChange=${(/** @type {Event} */ event) => choose(name, /** @type {HTMLInputElement} */ (event.target).value)}
        ...${tied} ...${more} />`;
  return html`<div class="columns filters">
    <${ActionChoice} value=${query.get('action') ?? ''} kinds=${source.kinds} error=${errors.action}
      onChange=${(/** @type {string} */ value) => choose('action', value)} />
    <${Target} error=${errors.target} />
    <${Labelled} label=${t('audit.who')}>${(/** @type {object} */ tied) => html`<select class="input" name="actor"
      onChange=${(/** @type {Event} */ event) => choose('actor', /** @type {HTMLSelectElement} */ (event.target).value)} ...${tied}>
      <option value="" selected=${!kind}>${t('all')}</option>
      ${ACTORS.map((one) => html`<option key=${one} value=${one} selected=${kind === one}>
        ${told(`audit.actor_${one}`)}</option>`)}</select>`}<//>
    ${source.filters?.(errors)}
    <${Labelled} label=${t('audit.from')} error=${errors.from}>${(/** @type {object} */ tied) =>
      input('from', tied, { type: 'date', max: query.get('to') ?? undefined })}<//>
    <${Labelled} label=${t('audit.to')} error=${errors.to}>${(/** @type {object} */ tied) =>
      input('to', tied, { type: 'date', min: query.get('from') ?? undefined })}<//>
  </div>`;
}

/** Notes a filter in the address. @param {string} name @param {string} value */
export const choose = (name, value) => note({ [name]: value, page: '' });

/** What it was done to: an id, which a click in the list chooses too, or a kind such as `invite`. @param {{error?: string}} props */
function Target({ error }) {
  const noted = place.value.query.get('target') ?? '';
  const [text, setText] = useState(noted);
  useEffect(() => setText(noted), [noted]);
  useSettled(text, (settled) => choose('target', settled.trim()));
  return html`<${Labelled} label=${t('audit.target')} error=${error}>${(/** @type {object} */ tied) => html`<input class="input" name="target"
    value=${text} placeholder=${t('audit.target_example')} autocomplete="off" spellcheck=${false} autocapitalize="off"
    onInput=${(/** @type {InputEvent} */ event) => setText(/** @type {HTMLInputElement} */ (event.target).value)}
      ...${tied} />`}<//>`;
}
