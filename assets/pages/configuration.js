// The configuration of an organization.
import { html, useState } from '../lib/ui.js';
import { loadBranding } from '../lib/branding.js';
import { t, told } from '../lib/i18n.js';
import { asMember, isAdmin } from '../lib/tenant.js';
import { Segments } from '../components/basics.js';
import { ConfigTree } from '../components/config-tree.js';
import { PageHead } from '../components/head.js';

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function Configuration({ tenant }) {
  const [scope, setScope] = useState(/** @type {'TENANT' | 'ENVIRONMENT'} */ ('TENANT'));
  const mayChange = isAdmin(tenant.role);
  const options = [
    ['TENANT', t('config.scope_tenant')],
    ['ENVIRONMENT', t('config.scope_environment', { name: told(`environment.${tenant.environment}`) })],
  ];
  const onChanged = (/** @type {string} */ key) => key.startsWith('branding.') && loadBranding();
  const level = { name: 'tenant', base: '/service/configs', call: asMember, mayChange, scope, onChanged };
  return html`<${PageHead} title=${t('nav.configuration')}
    lead=${mayChange ? t('config.lead') : t('config.lead_reader')} />
    <${ConfigTree} level=${level}>${mayChange && html`<${Segments} label=${t('config.scope')} value=${scope}
      options=${options} onChange=${setScope} />`}<//>`;
}
