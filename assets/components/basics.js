// Small parts: buttons, cards, notes, times, badges.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { ago, moment, utc } from '../lib/format.js';
import { t, told } from '../lib/i18n.js';
import { Icon } from './icon.js';

/**
 * @param {{kind?: string, icon?: import('./icon.js').IconName, busy?: boolean, label?: string, type?: string, children?: Children,
 *   onClick?: (event: MouseEvent) => unknown, [other: string]: unknown}} props `label` names a button that shows an icon only
 */
export function Button({ kind = '', icon, busy = false, label, type = 'button', children, onClick, ...rest }) {
  // A busy button keeps the focus; `disabled` would take it away.
  const click = (/** @type {MouseEvent} */ event) => (busy ? event.preventDefault() : onClick?.(event));
  return html`<button type=${type} class="button ${kind} ${children ? '' : 'icon'}" aria-label=${label} title=${label}
    aria-disabled=${busy || undefined} onClick=${click} ...${rest}>
    ${busy ? html`<span class="spinner"></span>` : icon && html`<${Icon} name=${icon} />`}${children}</button>`;
}

/** @param {{title?: string, lead?: Children, actions?: Children, body?: boolean, footer?: Children, children?: Children}} props */
export function Card({ title, lead, actions, body = true, footer, children }) {
  return html`<section class="card">
    ${title && html`<header><div><h2>${title}</h2>${lead && html`<p class="muted small">${lead}</p>`}</div>
      ${actions && html`<div class="row">${actions}</div>`}</header>`}
    ${body ? html`<div class="body">${children}</div>` : children}
    ${footer && html`<footer>${footer}</footer>`}
  </section>`;
}

/** @param {{kind?: 'bad' | 'warn' | 'good' | '', children: Children}} props */
export function Note({ kind = '', children }) {
  const icon = kind === 'good' ? 'check' : kind ? 'alert' : 'info';
  return html`<div class="note ${kind}" role=${kind === 'bad' ? 'alert' : undefined}><${Icon} name=${icon} /><div
    class="grow">${children}</div></div>`;
}

/** @param {{kind?: string, children: Children}} props */
export const Badge = ({ kind = '', children }) => html`<span class="badge ${kind}">${children}</span>`;

const STATUS = /** @type {Record<string, string>} */ ({
  active: 'good',
  ACTIVE: 'good',
  pending: 'accent',
  suspended: 'bad',
  disabled: 'warn',
  expired: 'warn',
  EXPIRED: 'warn',
  archived: '',
  CANCELLED: '',
  owner: 'accent',
});

/** A word of the API with its colour. @param {{value: string}} props */
export const Status = ({ value }) => html`<${Badge} kind=${STATUS[value] ?? ''}>${told(`status.${value}`, value)}<//>`;

/** @param {{role: string}} props */
export const RoleBadge = ({ role }) => html`<${Badge} kind=${STATUS[role] ?? ''}>${told(`role.${role}`, role)}<//>`;

/** A time in the reader's zone; UTC shows on hover. @param {{at: string | null | undefined, as?: 'date' | 'time' | 'ago', never?: string}} props */
export function Time({ at, as = 'time', never = '–' }) {
  if (!at) return html`<span class="muted">${never}</span>`;
  return html`<time dateTime=${at} title=${utc(at)}>${as === 'ago' ? ago(at) : moment(at, as)}</time>`;
}

/** Letters that are a picture: the name stands beside them. @param {{text: string, square?: boolean}} props */
export const Avatar = ({ text, square = false }) =>
  html`<span class="avatar ${square ? 'square' : ''}" data-text=${text} aria-hidden="true"></span>`;

/** @param {{text: string, label?: string}} props */
export function Copy({ text, label = t('copy') }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    await writeClipboard(text);
    setCopied(true);
    timer.current = setTimeout(() => setCopied(false), 2000);
  };
  return html`<${Button} kind="plain" icon=${copied ? 'check' : 'copy'} label=${label} onClick=${copy} /><span
    class="hidden" role="status">${copied ? t('copied') : ''}</span>`;
}

/** Pages without https have no clipboard of their own. @param {string} text */
async function writeClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** @param {{used: number, limit: number, label: string}} props */
export function Meter({ used, limit, label }) {
  const share = limit > 0 ? used / limit : 1;
  return html`<div class="meter ${share >= 1 ? 'over' : share >= 0.8 ? 'high' : ''}" role="meter" aria-label=${label}
    aria-valuenow=${Math.min(used, limit)} aria-valuemin="0" aria-valuemax=${limit}><div
      class=${used > 0 ? 'some' : ''} style=${{ width: `${Math.min(share, 1) * 100}%` }}></div></div>`;
}

/** @param {{icon: import('./icon.js').IconName, title: string, text?: string, children?: Children}} props */
export const Empty = ({ icon, title, text, children }) =>
  html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2>${text && html`<p>${text}</p>`}${children}</div>`;

/** @param {{problem: import('../lib/http.js').Problem, retry?: () => void}} props */
export function Failed({ problem, retry }) {
  const isMissing = problem.status === 404;
  return html`<div class="empty" role="alert"><${Icon} name="alert" /><h2>
    ${t(isMissing ? 'not_found.title' : 'failed.title')}</h2><p>${problem.text}</p>
    ${problem.status >= 500 && problem.requestId && html`<p class="small">${t('failed.id')} <code>
      ${problem.requestId}</code></p>`}
    ${retry && !isMissing && html`<${Button} icon="undo" onClick=${retry}>${t('retry')}<//>`}</div>`;
}

/** Lines where text will be. @param {{lines?: number}} props */
export const Bones = ({ lines = 3 }) =>
  html`<div class="stack" role="status" aria-label=${t('loading')}>
    ${Array.from({ length: lines }, (_, index) => html`<span class="bone"
    style=${{ width: `${90 - ((index * 23) % 50)}%` }}></span>`)}</div>`;

/**
 * What was loaded, or why it is not there yet.
 * @param {{of: import('../lib/load.js').Loaded<any>, lines?: number, children: (data: any) => Children}} props
 */
export function Loaded({ of, lines, children }) {
  if (of.data !== null) return children(of.data);
  return of.problem
    ? html`<${Failed} problem=${of.problem} retry=${of.reload} />`
    : html`<div class="card"><div class="body"><${Bones} lines=${lines} /></div></div>`;
}

/**
 * @template {string} T
 * @param {{label: string, value: T, options: [T, string][], onChange: (value: T) => void}} props
 */
export function Segments({ label, value, options, onChange }) {
  return html`<div class="segments" role="group" aria-label=${label}>${options.map(
    ([key, text]) =>
      html`<button type="button" aria-pressed=${String(key === value)} onClick=${() => onChange(key)}>${text}</button>`,
  )}</div>`;
}
