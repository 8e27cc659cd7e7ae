// A button that opens a list of choices, by the keys that one expects: arrows, Home, End, Escape.
import { html, useEffect, useId, useRef, useState } from '../lib/ui.js';
import { Icon } from './icon.js';

/**
 * @typedef {object} Item
 * @property {string} text
 * @property {import('./icon.js').IconName} [icon]
 * @property {string} [href]
 * @property {() => unknown} [act]
 * @property {boolean} [bad]
 * @property {boolean} [checked]
 */

/**
 * @param {{label: string, button: Children, kind?: string, start?: boolean, title?: Children,
 *   items: (Item | '-' | false | null | undefined)[]}} props `label` names the button
 */
export function Menu({ label, button, kind = 'plain icon', start = false, title, items }) {
  const [open, setOpen] = useState(false);
  const root = useRef(/** @type {HTMLDivElement | null} */ (null));
  const id = useId();
  const choices = () => /** @type {HTMLElement[]} */ ([...(root.current?.querySelectorAll('[role^=menuitem]') ?? [])]);
  const close = (/** @type {boolean} */ back) => {
    setOpen(false);
    if (back) root.current?.querySelector('button')?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    choices()[0]?.focus();
    const away = (/** @type {Event} */ event) => {
      if (!root.current?.contains(/** @type {globalThis.Node} */ (event.target))) setOpen(false);
    };
    addEventListener('pointerdown', away);
    addEventListener('focusin', away);
    return () => {
      removeEventListener('pointerdown', away);
      removeEventListener('focusin', away);
    };
  }, [open]);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const all = choices();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const target = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (event.key === 'Escape' && open) {
      event.stopPropagation();
      close(true);
    } else if (event.key === 'Tab') {
      setOpen(false);
    } else if (target !== undefined && open) {
      all[target]?.focus();
      event.preventDefault();
    } else if (event.key === 'ArrowDown') {
      setOpen(true);
      event.preventDefault();
    }
  };
  /** @param {Item} item */
  const choose = (item) => {
    close(!item.href);
    item.act?.();
  };
  return html`<div class="menu" ref=${root} onKeyDown=${onKeyDown}>
    <button type="button" class="button ${kind}" aria-label=${label} aria-haspopup="menu" aria-expanded=${String(open)}
      aria-controls=${open ? id : undefined} onClick=${() => setOpen(!open)}>${button}</button>
    ${
      open &&
      html`<div class="menu-list ${start ? 'start' : ''}" id=${id}>
      ${title && html`<div class="menu-title">${title}</div>`}
      <div role="menu" aria-label=${label}>${items
        .filter((item) => item !== undefined && item !== null && item !== false)
        .map((item) => {
          if (item === '-') return html`<hr role="separator" />`;
          const inner = html`${item.icon && html`<${Icon} name=${item.icon} />`}<span class="grow break">
            ${item.text}</span>${item.checked && html`<${Icon} name="check" />`}`;
          const role = item.checked === undefined ? 'menuitem' : 'menuitemradio';
          const shared = {
            role,
            tabIndex: -1,
            class: `menu-item ${item.bad ? 'bad' : ''}`,
            'aria-checked': item.checked === undefined ? undefined : String(item.checked),
            onClick: () => choose(item),
          };
          return item.href
            ? html`<a href=${item.href} ...${shared}>${inner}</a>`
            : html`<button type="button" ...${shared}>${inner}</button>`;
        })}</div></div>`
    }
  </div>`;
}

/** The three dots at the end of a row. @param {{label: string, items: (Item | '-' | false | null | undefined)[]}} props */
export const RowMenu = ({ label, items }) =>
  html`<${Menu} label=${label} button=${html`<${Icon} name="dots" />`} items=${items} />`;
