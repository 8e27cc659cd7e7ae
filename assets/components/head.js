// The heading of a page. When another page comes up, its heading gets the focus: a screen reader reads it, Tab goes on from it.
import { html, useEffect, useRef } from '../lib/ui.js';
import { Icon } from './icon.js';

let isFirst = true;

/** @param {string} title @returns {{current: HTMLHeadingElement | null}} */
export function useTitle(title) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => {
    document.title = `${title} · TruePort`;
  }, [title]);
  useEffect(() => {
    // A field that wants the focus (autofocus) gets it; browsers heed that once, and then no more. The first page leaves
    // the focus to them.
    const taken = document.activeElement?.matches('main input, dialog *');
    /** @type {HTMLElement | null | undefined} */
    const wanted = heading.current?.closest('main')?.querySelector('input[autofocus]');
    if (!isFirst && !taken) (wanted ?? heading.current)?.focus({ preventScroll: true });
    if (!isFirst) scrollTo(0, 0);
    isFirst = false;
  }, []);
  return heading;
}

/** @param {{title: string, lead?: Children, back?: [string, string], children?: Children}} props */
export function PageHead({ title, lead, back, children }) {
  const heading = useTitle(title);
  return html`${back && html`<a class="crumb" href=${back[0]}><${Icon} name="left" size=${16} />${back[1]}</a>`}
    <div class="page-head"><div class="grow"><h1 tabIndex=${-1} ref=${heading} class="break">
      ${title}</h1>${lead && html`<p>${lead}</p>`}</div>${children && html`<div class="row">${children}</div>`}</div>`;
}
