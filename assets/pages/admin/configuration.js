// The configuration of the installation, with locks for organizations.
import { html } from '../../lib/ui.js';
import { t } from '../../lib/i18n.js';
import { asPerson } from '../../lib/session.js';
import { ConfigTree } from '../../components/config-tree.js';
import { PageHead } from '../../components/head.js';
import { MailTestButton } from '../../components/mail-test.js';

/** @type {import('../../components/config-tree.js').Level} */
const LEVEL = {
  name: 'global',
  base: '/admin/configs',
  call: asPerson,
  mayChange: true,
  scope: 'GLOBAL',
  actions: (configs) => configs.some(({ key }) => key.startsWith('smtp.')) && html`<${MailTestButton} />`,
};

export default function Configuration() {
  return html`<${PageHead} title=${t('nav.configuration')} lead=${t('config.lead_global')} /><${ConfigTree}
    level=${LEVEL} />`;
}
