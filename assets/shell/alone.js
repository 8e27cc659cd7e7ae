// Pages of their own, for people who are not signed in yet: one sheet in the middle.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { Logo, PreferenceMenu } from './preferences.js';
import { useTitle } from '../components/head.js';

/** @param {{wide?: boolean, children: Children, foot?: Children}} props */
export function Alone({ wide = false, children, foot }) {
  return html`<div class="alone">
    <header><a class="brand" href="#/"><${Logo} /><span>TruePort</span></a><${PreferenceMenu} /></header>
    <main><div class="sheet ${wide ? 'wide' : ''}">${children}${foot && html`<div class="foot">${foot}</div>`}</div>
      </main>
    <footer></footer>
  </div>`;
}

/** @param {{title: string, lead?: Children}} props */
export function SheetHead({ title, lead }) {
  const heading = useTitle(title);
  return html`<div><h1 tabIndex=${-1} ref=${heading}>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>`;
}

/** The link back to signing in. */
export const ToSignIn = () => html`<a href="#/sign-in">${t('to_sign_in')}</a>`;
