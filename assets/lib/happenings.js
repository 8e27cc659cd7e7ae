// What happened, in words: actions of the audit, events of webhooks, mails. What has no words yet is told by its name.
import { ACTIONS, EVENTS, KINDS, MAILS, TARGETS } from '../i18n/happenings.js';
import { language } from './i18n.js';

/** @typedef {import('../i18n/happenings.js').Words} Words */

/** Every type of event that a webhook can be told of, by the order in which people look for them. */
export const EVENT_TYPES = [
  'member.joined',
  'member.role_changed',
  'member.disabled',
  'member.enabled',
  'member.removed',
  'member.left',
  'invite.created',
  'invite.reissued',
  'invite.resent',
  'invite.revoked',
  'subscription.activated',
  'subscription.cancelled',
  'subscription.resumed',
  'subscription.renewed',
  'subscription.expired',
  'config.updated',
  'config.reset',
  'storage.updated',
  'storage.deleted',
  'tenant.updated',
  'tenant.suspended',
  'tenant.activated',
  'tenant.archived',
  'tenant.ownership_transferred',
];

/** @param {Record<string, Words>} table @param {string} name */
const worded = (table, name) => (Object.hasOwn(table, name) ? table[name][language.value] : name);

/** @param {string} action of the audit, such as `invite.created` */
export const actionText = (action) => worded(ACTIONS, action);

/** @param {string} type of an event that a webhook is told of, such as `member.joined` */
export const eventText = (type) => worded({ ...ACTIONS, ...EVENTS }, type);

/** @param {string} template of a mail, such as `invitation` */
export const mailText = (template) => worded(MAILS, template);

/** @param {string} kind of what an action was done to, such as `tenant` */
export const targetText = (kind) => worded(TARGETS, kind);

/** @typedef {{kind: string, title: string, names: string[]}} Group */

/**
 * Names such as `invite.created` by the kind in front of their dot.
 * @param {string[]} names
 * @returns {Group[]}
 */
export function grouped(names) {
  const kinds = [...new Set(names.map((name) => name.split('.')[0]))];
  return kinds.map((kind) => ({
    kind,
    title: worded(KINDS, kind),
    names: names.filter((name) => name.startsWith(`${kind}.`)),
  }));
}

/**
 * Every action, or those of some kinds, in the order of their titles.
 * @param {string[]} [kinds]
 */
export const actionGroups = (kinds) =>
  grouped(Object.keys(ACTIONS))
    .filter(({ kind }) => !kinds || kinds.includes(kind))
    .sort((a, b) => a.title.localeCompare(b.title, language.value));
