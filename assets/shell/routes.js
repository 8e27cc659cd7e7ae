// Every page: its address, who it is for, and the file that draws it, which is fetched when the page is first shown.
// A new page is a file in `pages/`, a row here, a link in `frame.js`, and its words in each table of `i18n/`.

/**
 * `anyone` signed in or not, `stranger` only who is not, `person` who is signed in, `member` in an organization,
 * `admin` platform admins.
 * @typedef {'anyone' | 'stranger' | 'person' | 'member' | 'admin'} Audience
 */

/**
 * @typedef {object} Route
 * @property {string} path
 * @property {Audience} who
 * @property {() => Promise<{default: (props: any) => any}>} load
 * @property {boolean} [manages] in an organization: only its owner and admins see it
 */

/** @type {Route[]} */
export const ROUTES = [
  { path: '/sign-in', who: 'stranger', load: () => import('../pages/sign-in.js') },
  { path: '/register', who: 'stranger', load: () => import('../pages/register.js') },
  { path: '/forgot-password', who: 'anyone', load: () => import('../pages/forgot-password.js') },
  { path: '/reset-password', who: 'anyone', load: () => import('../pages/reset-password.js') },
  { path: '/verify-email', who: 'anyone', load: () => import('../pages/verify-email.js') },
  { path: '/invite', who: 'anyone', load: () => import('../pages/invite.js') },
  { path: '/setup', who: 'anyone', load: () => import('../pages/setup.js') },
  { path: '/organizations', who: 'person', load: () => import('../pages/organizations.js') },
  { path: '/organizations/new', who: 'person', load: () => import('../pages/new-organization.js') },
  { path: '/account', who: 'person', load: () => import('../pages/profile.js') },
  { path: '/account/security', who: 'person', load: () => import('../pages/security.js') },
  { path: '/account/sessions', who: 'person', load: () => import('../pages/sessions.js') },
  { path: '/o/:slug', who: 'member', load: () => import('../pages/overview.js') },
  { path: '/o/:slug/members', who: 'member', load: () => import('../pages/members.js') },
  { path: '/o/:slug/invitations', who: 'member', manages: true, load: () => import('../pages/invitations.js') },
  { path: '/o/:slug/usage', who: 'member', load: () => import('../pages/usage.js') },
  { path: '/o/:slug/plan', who: 'member', load: () => import('../pages/plan.js') },
  { path: '/o/:slug/configuration', who: 'member', load: () => import('../pages/configuration.js') },
  { path: '/o/:slug/storage', who: 'member', manages: true, load: () => import('../pages/storage.js') },
  { path: '/o/:slug/audit', who: 'member', manages: true, load: () => import('../pages/audit.js') },
  { path: '/o/:slug/webhooks', who: 'member', manages: true, load: () => import('../pages/webhooks.js') },
  { path: '/o/:slug/webhooks/:id', who: 'member', manages: true, load: () => import('../pages/webhook.js') },
  { path: '/o/:slug/settings', who: 'member', load: () => import('../pages/settings.js') },
  { path: '/admin', who: 'admin', load: () => import('../pages/admin/dashboard.js') },
  { path: '/admin/organizations', who: 'admin', load: () => import('../pages/admin/tenants.js') },
  { path: '/admin/organizations/:id', who: 'admin', load: () => import('../pages/admin/tenant.js') },
  { path: '/admin/users', who: 'admin', load: () => import('../pages/admin/users.js') },
  { path: '/admin/users/:id', who: 'admin', load: () => import('../pages/admin/user.js') },
  { path: '/admin/configuration', who: 'admin', load: () => import('../pages/admin/configuration.js') },
  { path: '/admin/plans', who: 'admin', load: () => import('../pages/admin/plans.js') },
  { path: '/admin/outbox', who: 'admin', load: () => import('../pages/admin/outbox.js') },
  { path: '/admin/service-keys', who: 'admin', load: () => import('../pages/admin/service-keys.js') },
  { path: '/admin/audit', who: 'admin', load: () => import('../pages/admin/audit.js') },
  { path: '/admin/system', who: 'admin', load: () => import('../pages/admin/system.js') },
];
