// A new organization, owned by who makes it.
import { html, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { Problem, send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { useSettled } from '../lib/load.js';
import { go } from '../lib/router.js';
import { asPerson, reloadTenants, user } from '../lib/session.js';
import { Button, Card } from '../components/basics.js';
import { Field, FormOf } from '../components/fields.js';
import { PageHead } from '../components/head.js';
import { say } from '../components/toast.js';

/** @param {string} name @returns {string} what the address of an organization of this name would be */
const toSlug = (name) =>
  name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 63);

export default function NewOrganization() {
  const [known, setKnown] = useState(/** @type {{slug: string, available: boolean} | null} */ (null));
  const form = useForm(
    { name: '', slug: '', billing_email: user.value?.email ?? '' },
    async (values) => {
      const made = await asPerson('POST', '/global/tenants', values);
      await reloadTenants();
      say(t('new_organization.done', { name: made.name }));
      go(`/o/${made.slug}`);
    },
    'organization',
  );
  const { slug } = form.values;
  // Made from the name until somebody types another one, which may have been before the session ended.
  const [isOwn, setOwn] = useState(slug !== toSlug(form.values.name));
  const follow = (/** @type {Event} */ { target }) => {
    if (!isOwn) form.set({ slug: toSlug(/** @type {HTMLInputElement} */ (target).value) });
  };
  const free = known?.slug === slug ? known.available : null;
  useSettled(slug, async (wanted) => {
    if (!wanted) return;
    const path = `/global/tenants/check-availability?slug=${encodeURIComponent(wanted)}`;
    // A slug that cannot be one is told when the form is sent.
    await send('GET', path).then(
      ({ data }) => setKnown(data),
      (error) => {
        if (!(error instanceof Problem)) throw error;
      },
    );
  });
  const hint = html`<span role="status">
    ${free === null ? t('new_organization.slug_hint') : t(free ? 'new_organization.free' : 'new_organization.taken', { slug })}</span>`;
  return html`<${PageHead} title=${t('new_organization.title')} lead=${t('new_organization.lead')}
    back=${['#/organizations', t('organizations.title')]} />
    <${Card}><${FormOf} form=${form}>
      <div onInput=${follow}><${Field} form=${form} name="name" autocomplete="organization" maxlength="100"
        label=${t('organization.name')} /></div>
      <div onInput=${() => setOwn(true)}><${Field} form=${form} name="slug" autocapitalize="off"
        label=${t('organization.slug')} hint=${hint} /></div>
      <${Field} form=${form} name="billing_email" type="email" label=${t('organization.billing_email')}
        hint=${t('organization.billing_hint')} />
      <div class="row"><${Button} type="submit" kind="primary" busy=${form.busy}>${t('new_organization.action')}<//>
        </div>
    <//><//>`;
}
