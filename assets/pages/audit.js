// What happened in an organization.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { asMember } from '../lib/tenant.js';
import { AuditDownloads, AuditLog } from '../components/audit-log.js';
import { PageHead } from '../components/head.js';

/** @type {import('../components/audit-log.js').Source} */
const SOURCE = {
  base: '/service/audit-events',
  call: asMember,
  // What can happen in an organization.
  kinds: [
    'audit',
    'config',
    'invite',
    'membership',
    'session',
    'storage',
    'subscription',
    'tenant',
    'user',
    'webhook',
  ],
};

export default function Audit() {
  return html`<${PageHead} title=${t('nav.audit')} lead=${t('audit.lead')}><${AuditDownloads} source=${SOURCE} /><//>
    <${AuditLog} source=${SOURCE} />`;
}
