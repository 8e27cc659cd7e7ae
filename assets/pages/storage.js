// Where an organization keeps its exports.
import { html, useState } from '../lib/ui.js';
import { number, size } from '../lib/format.js';
import { useForm } from '../lib/form.js';
import { phrase, t, told } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { asMember } from '../lib/tenant.js';
import { Button, Card, Empty, Loaded, Note, Time } from '../components/basics.js';
import { ask } from '../components/dialog.js';
import { Field, FormOf, PasswordField, Select } from '../components/fields.js';
import { PageHead } from '../components/head.js';
import { Table } from '../components/table.js';
import { attempt, say } from '../components/toast.js';

const SIZE = 10;
const FIELDS = /** @type {Record<string, string[]>} */ ({
  S3: ['bucket', 'region', 'endpoint', 'aws_access_key_id', 'aws_secret_access_key'],
  AZURE: ['container_name', 'azure_connection_string'],
  LOCAL: [],
});

export default function StoragePage() {
  /** @type {import('../lib/load.js').Loaded<Api.Storage>} */
  const storage = useLoad((signal) => asMember('GET', '/service/storage', undefined, { signal }), []);
  const [page, setPage] = useState(1);
  const path = `/service/storage/exports?limit=${SIZE}&offset=${(page - 1) * SIZE}`;
  /** @type {import('../lib/load.js').Loaded<Api.Exports>} */
  const exports = useLoad((signal) => asMember('GET', path, undefined, { signal }), [path]);
  /** @type {import('../components/table.js').Column<Api.Export>[]} */
  const columns = [
    { title: t('storage.day'), kind: 'main', show: (item) => html`<span class="strong">${item.day}</span>` },
    { title: t('storage.events'), show: (item) => number(item.events) },
    { title: t('storage.size'), show: (item) => size(item.size) },
    { title: t('storage.exported'), show: (item) => html`<${Time} at=${item.exported_at} />` },
    { title: t('storage.object'), show: (item) => html`<code class="break">${item.object}</code>` },
  ];
  const next = exports.data?.next;
  return html`<${PageHead} title=${t('nav.storage')} lead=${t('storage.lead')} />
    <div class="stack wide">
      <${Loaded} of=${storage} lines=${6}>${(/** @type {Api.Storage} */ data) => html`<${Provider}
        key=${JSON.stringify(data)} storage=${data} onSaved=${storage.set} />`}<//>
      <${Card} title=${t('storage.exports')} lead=${t('storage.exports_lead')} body=${false}>
        ${next?.last_error && html`<div class="body"><${Note} kind="warn">
          ${t('storage.last_error', { error: phrase(next.last_error) })}<//></div>`}
        <${Table} label=${t('storage.exports')} columns=${columns} of=${exports}
          keyOf=${(/** @type {Api.Export} */ item) => item.object}
          page=${page} size=${SIZE} onPage=${setPage}
          empty=${html`<${Empty} icon="storage" title=${t('storage.none')} text=${t('storage.none_text')} />`} /><//>
    </div>`;
}

/** @param {{storage: Api.Storage, onSaved: (storage: Api.Storage) => void}} props */
function Provider({ storage, onSaved }) {
  const [test, setTest] = useState(/** @type {Api.StorageTest | null} */ (null));
  const [testing, setTesting] = useState(false);
  const secrets = { aws_access_key_id: '', aws_secret_access_key: '', azure_connection_string: '' };
  const stored = {
    provider: storage.provider ?? 'S3',
    bucket: storage.bucket ?? '',
    region: storage.region ?? '',
    endpoint: storage.endpoint ?? '',
    container_name: storage.container_name ?? '',
    ...secrets,
  };
  const form = useForm(stored, async (values) => {
    // What is left empty is left out: stored credentials stay.
    const given = FIELDS[values.provider]
      .map((name) => [name, /** @type {Record<string, string>} */ (values)[name].trim()])
      .filter(([, value]) => value);
    const saved = await asMember('PUT', '/service/storage', {
      provider: values.provider,
      ...Object.fromEntries(given),
    });
    say(t('storage.saved'));
    form.set(secrets);
    onSaved(saved);
  });
  // What is tested is what is stored.
  const isStored = JSON.stringify(form.values) === JSON.stringify(stored);
  const { provider } = form.values;
  const kept = storage.credentials_set && provider === storage.provider ? t('storage.kept') : undefined;
  const runTest = () =>
    attempt(async () => {
      setTesting(true);
      setTest(null);
      await asMember('POST', '/service/storage/test')
        .then(setTest)
        .finally(() => setTesting(false));
    });
  const forget = () =>
    ask({
      title: t('storage.ask_forget', { name: told(`provider.${storage.provider}`) }),
      text: t('storage.ask_forget_text'),
      action: t('storage.forget'),
      danger: true,
      act: async () => {
        await asMember('DELETE', '/service/storage');
        say(t('storage.forgotten'));
        onSaved({ provider: null, credentials_set: false });
      },
    });
  return html`<${Card} title=${t('storage.provider')} lead=${storage.provider ? undefined : t('storage.unset')}
    actions=${storage.provider && html`<${Button} icon="pulse" busy=${testing} disabled=${!isStored}
      title=${isStored ? undefined : t('storage.save_first')} onClick=${runTest}>
      ${t('storage.test')}<//><${Button} kind="plain bad" onClick=${forget}>${t('storage.forget')}<//>`}>
    <div class="stack"><div role="status">${test && html`<${Note} kind=${test.ok ? 'good' : 'bad'}>
      ${test.ok ? t('storage.test_ok') : phrase(test.message)}<//>`}</div>
    <${FormOf} form=${form}>
      <${Select} form=${form} name="provider" label=${t('storage.kind')}
        options=${['S3', 'AZURE', 'LOCAL'].map((name) => [name, told(`provider.${name}`)])}
        hint=${told(`provider.${provider}.hint`)} />
      ${
        provider === 'S3' &&
        html`<div class="columns"><${Field} form=${form} name="bucket" label=${t('storage.bucket')}
          autocomplete="off" /><${Field} form=${form} name="region" label=${t('storage.region')}
          placeholder="us-east-1" autocomplete="off" /></div>
        <${Field} form=${form} name="endpoint" type="url" label=${t('storage.endpoint')}
          hint=${t('storage.endpoint_hint')} placeholder="https://s3.example.com" autocomplete="off" />
        <div class="columns"><${Field} form=${form} name="aws_access_key_id" label=${t('storage.access_key')}
          hint=${kept} autocomplete="off" /><${PasswordField} form=${form} name="aws_secret_access_key"
          label=${t('storage.secret_key')} hint=${kept} autocomplete="off" /></div>`
      }
      ${
        provider === 'AZURE' &&
        html`<${Field} form=${form} name="container_name" label=${t('storage.container')} autocomplete="off" />
        <${PasswordField} form=${form} name="azure_connection_string" label=${t('storage.connection')} hint=${kept}
          autocomplete="off" />`
      }
      <div class="row"><${Button} type="submit" kind="primary" busy=${form.busy}>${t('save')}<//></div>
    <//></div><//>`;
}
