// What happened in an organization: who did what, when and to what; as a list, and as a file.
import { html, useEffect, useState } from '../lib/ui.js';
import { targetText } from '../lib/happenings.js';
import { phrase, t, told } from '../lib/i18n.js';
import { useLoad, useSettled } from '../lib/load.js';
import { note, place } from '../lib/router.js';
import { save } from '../lib/save.js';
import { asMember } from '../lib/tenant.js';
import { Button, Empty, Time } from '../components/basics.js';
import { Labelled } from '../components/fields.js';
import { Action, ActionChoice } from '../components/happenings.js';
import { PageHead } from '../components/head.js';
import { Table } from '../components/table.js';
import { attempt } from '../components/toast.js';

const SIZE = 25;
const ACTORS = ['user', 'anonymous', 'operator', 'system'];
const FILTERS = ['action', 'actor', 'target', 'from', 'to'];
/** What can happen in an organization. */
const KINDS = [
  'audit',
  'config',
  'invite',
  'membership',
  'session',
  'storage',
  'subscription',
  'tenant',
  'user',
  'webhook',
];

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
    // The last day belongs to the list.
    filter.set(name, name === 'from' ? midnight(value) : name === 'to' ? midnight(value, 1) : value);
  }
  return filter;
}

export default function Audit() {
  const { query } = place.value;
  const page = Number(query.get('page') ?? 1);
  const filter = filterOf(query).toString();
  const path = `/service/audit-events?${filter}&limit=${SIZE}&offset=${(page - 1) * SIZE}`;
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.AuditEvent>>} */
  const list = useLoad((signal) => asMember('GET', path, undefined, { signal }), [path]);
  const empty = html`<${Empty} icon="clock" title=${t('audit.none')} text=${t('audit.none_text')} />`;
  return html`<${PageHead} title=${t('nav.audit')} lead=${t('audit.lead')}>
      <${Download} filter=${filter} format="csv" /><${Download} filter=${filter} format="ndjson" /><//>
    <div class="stack"><${Filters} problem=${list.problem} /><div class="card"><${Table} label=${t('nav.audit')} columns=${columns()} of=${list}
      keyOf=${(/** @type {Api.AuditEvent} */ event) => event.id} empty=${empty} page=${page} size=${SIZE}
      onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div></div>`;
}

/** @returns {import('../components/table.js').Column<Api.AuditEvent>[]} */
const columns = () => [
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
    show: ({ actor }) =>
      html`<span class="break">${actor.name || told(`audit.actor_${actor.kind}`, actor.kind)}${
        actor.email && html`<br /><span class="muted small">${actor.email}</span>`
      }${actor.impersonator_id && html`<br /><span class="muted small">${t('audit.impersonated')}</span>`}</span>`,
  },
  {
    title: t('audit.target'),
    show: ({ target }) =>
      html`<span class="break">${targetText(target.kind)}${
        target.id &&
        html`<br /><button type="button" class="link small id" title=${target.id}
          aria-label=${t('audit.only', { id: target.id })} onClick=${() => choose('target', target.id ?? '')}>
          ${target.id}</button>`
      }</span>`,
  },
  { title: t('audit.address'), show: (event) => event.address ?? html`<span class="muted">–</span>` },
  { title: t('audit.when'), show: (event) => html`<${Time} at=${event.at} />` },
];

/** What changed, on a line; what is empty says nothing. @param {Record<string, unknown>} changes */
const written = (changes) =>
  Object.entries(changes)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value === Object(value) ? JSON.stringify(value) : value}`)
    .join(' · ');

/** @param {{filter: string, format: 'csv' | 'ndjson'}} props */
function Download({ filter, format }) {
  const [busy, setBusy] = useState(false);
  const download = () =>
    attempt(async () => {
      setBusy(true);
      const path = `/service/audit-events/export?${filter}&format=${format}`;
      await asMember('GET', path, undefined, { file: true })
        .then((content) => save(`audit.${format}`, content))
        .finally(() => setBusy(false));
    });
  return html`<${Button} busy=${busy} onClick=${download}>${t(`audit.${format}`)}<//>`;
}

/** @param {{problem: import('../lib/http.js').Problem | null}} props why the list does not show */
function Filters({ problem }) {
  const { query } = place.value;
  const errors = Object.fromEntries((problem?.fields ?? []).map(({ field, message }) => [field, phrase(message)]));
  const input = (/** @type {string} */ name, /** @type {object} */ tied, /** @type {object} */ more) =>
    html`<input class="input" name=${name} value=${query.get(name) ?? ''} autocomplete="off"
      onChange=${(/** @type {Event} */ event) => choose(name, /** @type {HTMLInputElement} */ (event.target).value)}
        ...${tied} ...${more} />`;
  return html`<div class="columns tight">
    <${ActionChoice} value=${query.get('action') ?? ''} kinds=${KINDS} error=${errors.action}
      onChange=${(/** @type {string} */ value) => choose('action', value)} />
    <${Target} error=${errors.target} />
    <${Labelled} label=${t('audit.who')}>${(/** @type {object} */ tied) => html`<select class="input" name="actor"
      onChange=${(/** @type {Event} */ event) => choose('actor', /** @type {HTMLSelectElement} */ (event.target).value)} ...${tied}>
      <option value="" selected=${!query.get('actor')}>${t('all')}</option>
      ${ACTORS.map((kind) => html`<option key=${kind} value=${kind} selected=${query.get('actor') === kind}>
        ${told(`audit.actor_${kind}`)}</option>`)}</select>`}<//>
    <${Labelled} label=${t('audit.from')} error=${errors.from}>${(/** @type {object} */ tied) =>
      input('from', tied, { type: 'date', max: query.get('to') ?? undefined })}<//>
    <${Labelled} label=${t('audit.to')} error=${errors.to}>${(/** @type {object} */ tied) =>
      input('to', tied, { type: 'date', min: query.get('from') ?? undefined })}<//>
  </div>`;
}

/** @param {string} name @param {string} value */
const choose = (name, value) => note({ [name]: value, page: '' });

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
