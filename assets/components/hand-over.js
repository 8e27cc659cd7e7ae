// A link that is shown once, to be given to the one person it is for.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { Button, Copy, Note, Time } from './basics.js';
import { Dialog } from './dialog.js';

/** @param {{title: string, text: string, link: string, until: string | null, onClose: () => void}} props */
export const HandOver = ({ title, text, link, until, onClose }) => html`<${Dialog} once=${true} title=${title} onClose=${onClose}>
  <${Note} kind="warn">${text}<//>
  <div class="secret"><code class="grow break">${link}</code><${Copy} text=${link} label=${t('outbox.copy')} /></div>
  <p class="muted small">${t('outbox.until')} <${Time} at=${until} /></p>
  <div class="foot"><${Button} kind="primary" onClick=${onClose}>${t('done')}<//></div><//>`;
