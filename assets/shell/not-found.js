// An address without a page, or with one that this person may not see: the two look the same.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { Empty } from '../components/basics.js';
import { useTitle } from '../components/head.js';
import { Alone } from './alone.js';

/** @param {{inside?: boolean}} props */
export function NotFound({ inside = false }) {
  const heading = useTitle(t('not_found.title'));
  const text = html`<h1 class="hidden" tabIndex=${-1} ref=${heading}>${t('not_found.title')}</h1>
    <${Empty} icon="search" title=${t('not_found.title')} text=${t('not_found.text')}><a class="button" href="#/">
      ${t('not_found.home')}</a><//>`;
  return inside ? html`<div class="card">${text}</div>` : html`<${Alone}>${text}<//>`;
}
