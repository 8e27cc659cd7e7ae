// Enters an organization before its pages show, and says why when that is not possible.
import { html, useEffect, useState } from '../lib/ui.js';
import { Problem } from '../lib/http.js';
import { t, told } from '../lib/i18n.js';
import { current, open, shut } from '../lib/tenant.js';
import { user } from '../lib/session.js';
import { loadBranding } from '../lib/branding.js';
import { Empty, Failed } from '../components/basics.js';
import { useTitle } from '../components/head.js';
import { Frame } from './frame.js';

/** Codes with which an organization stays closed, and what is shown for them. */
const CLOSED = ['tenant_suspended', 'tenant_archived', 'membership_ended', 'not_a_member'];

/** @param {{slug: string, children: (tenant: import('../lib/tenant.js').Current) => Children}} props */
export function Gate({ slug, children }) {
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const enter = () => {
    setProblem(null);
    open(slug)
      .then(() => {
        if (current.value?.slug === slug) loadBranding();
      })
      .catch((error) => {
        if (!(error instanceof Problem)) throw error;
        setProblem(error);
      });
  };
  useEffect(() => {
    if (current.value?.slug !== slug) enter();
  }, [slug]);
  const code = shut.value ?? problem?.code ?? '';
  if (CLOSED.includes(code)) return html`<${Frame} area="account"><${Closed} code=${code} /><//>`;
  if (problem)
    return html`<${Frame} area="account"><div class="card"><${Failed} problem=${problem} retry=${enter} /></div><//>`;
  return current.value?.slug === slug ? children(current.value) : html`<${Frame} area="tenant" />`;
}

/** @param {{code: string}} props */
function Closed({ code }) {
  const title = told(`closed.${code}`);
  const heading = useTitle(title);
  // Acting for somebody ends when the page is loaded anew.
  const mayAct = code === 'not_a_member' && user.value?.is_platform_admin;
  return html`<h1 class="hidden" tabIndex=${-1} ref=${heading}>${title}</h1>
    <div class="card"><${Empty} icon="lock" title=${title} text=${mayAct ? t('closed.not_a_member.admin') : told(`closed.${code}.text`)}>${
      mayAct
        ? html`<a class="button" href="#/admin/organizations">${t('nav.platform')}</a>`
        : html`<a class="button" href="#/organizations">${t('organizations.all')}</a>`
    }<//></div>`;
}
