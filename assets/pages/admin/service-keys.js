// Keys with which services of the platform, the gateway above all, use the API.
import { html, useState } from '../../lib/ui.js';
import { useForm } from '../../lib/form.js';
import { t, told } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { note, pageOf, place } from '../../lib/router.js';
import { asPerson } from '../../lib/session.js';
import { Badge, Button, Copy, Empty, Note, Time } from '../../components/basics.js';
import { Dialog, ask } from '../../components/dialog.js';
import { Check, Field, FormOf } from '../../components/fields.js';
import { Icon } from '../../components/icon.js';
import { PageHead } from '../../components/head.js';
import { Table } from '../../components/table.js';
import { say } from '../../components/toast.js';

const SIZE = 25;
const SCOPES = ['tokens:read', 'usage:write', 'configs:read', 'entitlements:read'];

export default function ServiceKeys() {
  const page = pageOf(place.value.query);
  const path = `/admin/service-keys?limit=${SIZE}&offset=${(page - 1) * SIZE}`;
  /** @type {import('../../lib/load.js').Loaded<Api.List<Api.ServiceKey>>} */
  const list = useLoad((signal) => asPerson('GET', path, undefined, { signal }), [path]);
  const [creating, setCreating] = useState(false);
  const revoke = (/** @type {Api.ServiceKey} */ key) =>
    ask({
      title: t('keys.ask_revoke', { name: key.name }),
      text: t('keys.ask_revoke_text'),
      action: t('keys.revoke'),
      danger: true,
      act: async () => {
        await asPerson('DELETE', `/admin/service-keys/${key.id}`);
        await list.reload();
        say(t('keys.revoked', { name: key.name }));
      },
    });
  /** @type {import('../../components/table.js').Column<Api.ServiceKey>[]} */
  const columns = [
    { title: t('name'), kind: 'main', show: (key) => html`<span class="strong break">${key.name}</span>` },
    {
      title: t('keys.scopes'),
      show: (key) =>
        html`<span class="row">${key.scopes.map((scope) => html`<${Badge} key=${scope}>${scope}<//>`)}</span>`,
    },
    { title: t('created'), show: (key) => html`<${Time} at=${key.created_at} as="date" />` },
    {
      title: t('status'),
      show: (key) =>
        key.revoked_at
          ? html`<${Badge}>${t('keys.is_revoked')}<//>`
          : html`<${Badge} kind="good">${t('status.active')}<//>`,
    },
    {
      title: t('actions'),
      kind: 'actions',
      show: (key) =>
        !key.revoked_at &&
        html`<${Button} kind="plain bad" aria-label=${t('keys.revoke_name', { name: key.name })}
          onClick=${() => revoke(key)}>${t('keys.revoke')}<//>`,
    },
  ];
  const create = html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating(true)}>${t('keys.new')}<//>`;
  const empty = html`<${Empty} icon="key" title=${t('keys.none')} text=${t('keys.none_text')}>${create}<//>`;
  return html`<${PageHead} title=${t('nav.service_keys')} lead=${t('keys.lead')}>
    ${(list.data?.total ?? 0) > 0 && create}<//>
    <div class="card"><${Table} label=${t('nav.service_keys')} columns=${columns} of=${list}
      keyOf=${(/** @type {Api.ServiceKey} */ key) => key.id} empty=${empty} page=${page} size=${SIZE}
      onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div>
    ${creating && html`<${NewKey} onClose=${() => setCreating(false)} onMade=${list.reload} />`}`;
}

/** @param {{onClose: () => void, onMade: () => Promise<void>}} props */
function NewKey({ onClose, onMade }) {
  const [made, setMade] = useState(/** @type {Api.CreatedServiceKey | null} */ (null));
  const form = useForm({ name: '', scopes: SCOPES }, async (values) => {
    setMade(await asPerson('POST', '/admin/service-keys', values));
    await onMade();
    say(t('keys.made', { name: values.name }));
  });
  const toggle = (/** @type {string} */ scope, /** @type {boolean} */ on) =>
    form.set({ scopes: SCOPES.filter((one) => (one === scope ? on : form.values.scopes.includes(one))) });
  if (made) {
    return html`<${Dialog} key="made" once=${true} title=${t('keys.key_of', { name: made.name })} onClose=${onClose}>
      <${Note} kind="warn">${t('keys.once')}<//>
      <div class="secret"><code class="grow break">${made.key}</code><${Copy} text=${made.key}
        label=${t('keys.copy')} /></div>
      <div class="foot"><${Button} kind="primary" onClick=${onClose}>${t('done')}<//></div><//>`;
  }
  return html`<${Dialog} key="new" title=${t('keys.new')} onClose=${onClose}><${FormOf} form=${form}>
    <${Field} form=${form} name="name" label=${t('name')} hint=${t('keys.name_hint')} maxlength="100"
      autocomplete="off" autofocus />
    <fieldset class="stack"><legend class="label">${t('keys.scopes')}</legend>
      ${SCOPES.map((scope) => html`<${Check} key=${scope} name="scopes" label=${scope} hint=${told(`scope.${scope}`)}
        checked=${form.values.scopes.includes(scope)} onChange=${(/** @type {boolean} */ on) => toggle(scope, on)} />`)}
      ${form.errors.scopes && html`<p class="error" role="alert"><${Icon} name="alert" size=${16} />
        ${form.errors.scopes}</p>`}</fieldset>
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
      busy=${form.busy}>${t('keys.create')}<//></div><//><//>`;
}
