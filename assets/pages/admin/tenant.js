// One organization, for platform admins.
import { html, useState } from '../../lib/ui.js';
import { number } from '../../lib/format.js';
import { useForm } from '../../lib/form.js';
import { Problem } from '../../lib/http.js';
import { t } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { asPerson } from '../../lib/session.js';
import { Button, Card, Copy, Loaded, Note, Status, Time } from '../../components/basics.js';
import { Dialog, ask } from '../../components/dialog.js';
import { Field, FormOf, Select, TextArea } from '../../components/fields.js';
import { PageHead } from '../../components/head.js';
import { say } from '../../components/toast.js';

/** @typedef {'suspend' | 'plan' | 'owner' | null} Doing */

/** @param {{id: string}} props */
export default function TenantDetail({ id }) {
  const path = `/admin/tenants/${encodeURIComponent(id)}`;
  /** @type {import('../../lib/load.js').Loaded<Api.AdminTenant>} */
  const tenant = useLoad((signal) => asPerson('GET', path, undefined, { signal }), [path]);
  const [doing, setDoing] = useState(/** @type {Doing} */ (null));
  const data = tenant.data;
  const close = () => setDoing(null);
  /** @param {string} status @param {string} [reason] */
  const setStatus = async (status, reason) => {
    const changed = await asPerson('PUT', `${path}/status`, { status, reason });
    tenant.set(changed);
    say(
      t(status === 'active' ? 'tenant.activated' : status === 'suspended' ? 'tenant.suspended' : 'tenant.archived', {
        name: changed.name,
      }),
    );
  };
  const archive = (/** @type {Api.AdminTenant} */ one) =>
    ask({
      title: t('tenant.ask_archive', { name: one.name }),
      text: t('tenant.ask_archive_text'),
      action: t('tenant.archive'),
      danger: true,
      typed: one.slug,
      act: () => setStatus('archived'),
    });
  const activate = (/** @type {Api.AdminTenant} */ one) =>
    ask({
      title: t('tenant.ask_activate', { name: one.name }),
      text: t('tenant.ask_activate_text'),
      action: t('tenant.activate'),
      act: () => setStatus('active'),
    });
  return html`<${PageHead} title=${data?.name ?? t('organization')}
    back=${['#/admin/organizations', t('nav.organizations')]}>
      ${
        data &&
        html`${data.status !== 'active' && html`<${Button} kind="primary" onClick=${() => activate(data)}>
          ${t('tenant.activate')}<//>`}
        ${data.status === 'active' && html`<${Button} onClick=${() => setDoing('suspend')}>${t('tenant.suspend')}<//>`}
        ${data.status !== 'archived' && html`<${Button} kind="plain bad" onClick=${() => archive(data)}>
          ${t('tenant.archive')}<//>`}`
      }<//>
    <${Loaded} of=${tenant} lines=${8}>${(/** @type {Api.AdminTenant} */ one) => html`<div class="stack wide">
      ${one.status_reason && html`<${Note} kind="warn"><span class="strong">${t('tenant.reason')}</span> <span
        class="break">${one.status_reason}</span><//>`}
      <div class="grid two">
        <${Card} title=${t('details')}><dl class="facts">
          <dt>${t('status')}</dt><dd><${Status} value=${one.status} /></dd>
          <dt>${t('organization.slug')}</dt><dd><code>${one.slug}</code></dd>
          <dt>${t('organization.billing_email')}</dt><dd>${one.billing_email}</dd>
          <dt>${t('nav.members')}</dt><dd>${number(one.member_count)}</dd>
          <dt>${t('created')}</dt><dd><${Time} at=${one.created_at} /></dd>
          <dt>${t('id')}</dt><dd class="row nowrap"><code>${one.id}</code><${Copy} text=${one.id}
            label=${t('copy_id')} /></dd></dl><//>
        <div class="stack wide">
          <${Card} title=${t('nav.plan')} actions=${html`<${Button} onClick=${() => setDoing('plan')}>
            ${t('change')}<//>`}><dl class="facts">
            <dt>${t('name')}</dt><dd class="strong">${one.subscription.plan}</dd><dt>${t('status')}</dt><dd><${Status}
              value=${one.subscription.status} /></dd><dt>${t('plan.to')}</dt><dd><${Time}
              at=${one.subscription.end_date} as="date" /></dd></dl><//>
          <${Card} title=${t('role.owner')} actions=${html`<${Button} onClick=${() => setDoing('owner')}>
            ${t('change')}<//>`}>
            ${one.owner ? html`<a href="#/admin/users/${one.owner.user_id}" class="break">
              ${one.owner.email}</a>` : html`<span class="muted">${t('tenant.no_owner')}</span>`}<//>
        </div></div>
      <${Card} title=${t('nav.audit')} body=${false} actions=${html`<a class="button"
        href="#/admin/audit?tenant_id=${one.id}">${t('tenant.audit')}</a>`} />
      ${doing === 'suspend' && html`<${Suspend} tenant=${one} onClose=${close}
        act=${(/** @type {string} */ reason) => setStatus('suspended', reason)} />`}
      ${doing === 'plan' && html`<${ChangePlan} tenant=${one} path=${path} onClose=${close} onDone=${tenant.reload} />`}
      ${doing === 'owner' && html`<${ChangeOwner} tenant=${one} path=${path} onClose=${close} onDone=${tenant.set} />`}
    </div>`}<//>`;
}

/** @param {{tenant: Api.AdminTenant, onClose: () => void, act: (reason: string) => Promise<void>}} props */
function Suspend({ tenant, onClose, act }) {
  const form = useForm({ reason: '' }, async ({ reason }) => {
    await act(reason);
    onClose();
  });
  return html`<${Dialog} title=${t('tenant.ask_suspend', { name: tenant.name })} onClose=${onClose}><p class="muted">
    ${t('tenant.ask_suspend_text')}</p><${FormOf} form=${form}>
    <${TextArea} form=${form} name="reason" label=${t('tenant.reason_label')} hint=${t('tenant.reason_hint')}
      maxlength="500" rows="3" autofocus />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="danger"
      busy=${form.busy}>${t('tenant.suspend')}<//></div><//><//>`;
}

/** @param {{tenant: Api.AdminTenant, path: string, onClose: () => void, onDone: () => Promise<void>}} props */
function ChangePlan({ tenant, path, onClose, onDone }) {
  /** @type {import('../../lib/load.js').Loaded<Api.List<Api.Plan>>} */
  const plans = useLoad((signal) => asPerson('GET', '/admin/plans', undefined, { signal }), []);
  const form = useForm({ plan_id: '' }, async ({ plan_id: id }) => {
    const done = await asPerson('PUT', `${path}/subscription`, { plan_id: id });
    await onDone();
    say(t('tenant.plan_done', { name: tenant.name, plan: done.plan_name }));
    onClose();
  });
  return html`<${Dialog} title=${t('tenant.plan_of', { name: tenant.name })} onClose=${onClose}>
    <${Loaded} of=${plans}>${(/** @type {Api.List<Api.Plan>} */ list) => html`<${FormOf} form=${form}>
      <${Select} form=${form} name="plan_id" label=${t('nav.plan')}
        options=${[['', t('choose')], ...list.items.filter((plan) => !plan.retired_at).map((plan) => [plan.id, plan.name])]} />
      <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
        busy=${form.busy}>${t('save')}<//></div><//>`}<//><//>`;
}

/** @param {{tenant: Api.AdminTenant, path: string, onClose: () => void, onDone: (tenant: Api.AdminTenant) => void}} props */
function ChangeOwner({ tenant, path, onClose, onDone }) {
  const form = useForm({ email: '' }, async ({ email }) => {
    const found = await asPerson('GET', `/admin/users?limit=50&email=${encodeURIComponent(email.trim())}`);
    const person = found.items.find((/** @type {Api.AdminUserItem} */ one) => one.email === email.trim().toLowerCase());
    if (!person) {
      form.fail({ email: t('tenant.no_such_person') });
      return;
    }
    try {
      onDone(await asPerson('POST', `${path}/ownership-transfer`, { user_id: person.id }));
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.code !== 'not_found') throw problem;
      form.fail({ email: t('tenant.no_member', { email: person.email, name: tenant.name }) });
      return;
    }
    say(t('tenant.owner_done', { name: tenant.name, email: person.email }));
    onClose();
  });
  return html`<${Dialog} title=${t('tenant.owner_of', { name: tenant.name })} onClose=${onClose}><p class="muted">
    ${t('tenant.owner_text')}</p><${FormOf} form=${form}>
    <${Field} form=${form} name="email" type="email" label=${t('tenant.owner_email')} autocomplete="off" autofocus />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
      busy=${form.busy}>${t('save')}<//></div><//><//>`;
}
