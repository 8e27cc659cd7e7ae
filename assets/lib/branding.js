// What an organization or the installation shows on every page: a line, and where to ask for help.
import { signal } from './ui.js';
import { asMember } from './tenant.js';

export const branding = signal({ notice: '', support: '' });

/** Reads it in the background; a page does not wait for it. */
export async function loadBranding() {
  /** @type {Api.ConfigTree} */
  const tree = await asMember('GET', '/service/configs');
  const all = tree.resources
    .flatMap((resource) => resource.config_groups)
    .flatMap((group) => group.sections)
    .flatMap((section) => section.configs);
  const value = (/** @type {string} */ key) => String(all.find((config) => config.key === key)?.val ?? '');
  branding.value = { notice: value('branding.notice'), support: value('branding.support_email') };
}
