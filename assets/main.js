// Starts the page: its language first, then who is signed in, while the frame is drawn already.
import { html, render } from './lib/ui.js';
import { preferredLanguage, speak } from './lib/i18n.js';
import { start } from './lib/session.js';
import './lib/theme.js';
import { App } from './shell/app.js';

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const session = start();
await speak(preferredLanguage());
render(html`<${App} />`, root);
await session;
