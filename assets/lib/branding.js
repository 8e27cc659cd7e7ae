// What an organization or the installation shows on every page: a line, and where to ask for help.
import { signal } from './ui.js';
import { Problem } from './http.js';
import { asMember } from './tenant.js';

export const branding = signal({ notice: '', support: '' });

/** Reads it in the background; a page does not wait for it, and does without where it does not come. */
export async function loadBranding() {
  /** @type {Api.ConfigTree | null} */
  const tree = await asMember('GET', '/service/configs').catch((error) => {
    if (!(error instanceof Problem)) throw error;
    return null;
  });
  if (!tree) return;
  const all = tree.resources
    .flatMap((resource) => resource.config_groups)
    .flatMap((group) => group.sections)
    .flatMap((section) => section.configs);
  const value = (/** @type {string} */ key) => String(all.find((config) => config.key === key)?.val ?? '');
  branding.value = { notice: value('branding.notice'), support: value('branding.support_email') };
}
