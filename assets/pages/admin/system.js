// How the installation runs: whether all is well, what it is made of, its jobs, and the end of every session.
import { html, useState } from '../../lib/ui.js';
import { size } from '../../lib/format.js';
import { t, told } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { asPerson, signOut } from '../../lib/session.js';
import { Badge, Button, Card, Copy, Loaded, Time } from '../../components/basics.js';
import { ask } from '../../components/dialog.js';
import { PageHead } from '../../components/head.js';
import { Table } from '../../components/table.js';
import { say } from '../../components/toast.js';
import { Health, isFailing } from './health.js';

export default function System() {
  /** @type {import('../../lib/load.js').Loaded<Api.Installation>} */
  const found = useLoad((signal) => asPerson('GET', '/admin/installation', undefined, { signal }), []);
  const [looks, setLooks] = useState(0);
  const lookAgain = async () => {
    await found.reload();
    setLooks(looks + 1);
  };
  return html`<${PageHead} title=${t('nav.system')} lead=${t('system.lead')}>
      <${Button} icon="undo" busy=${found.busy} onClick=${lookAgain}>${t('system.reload')}<//><//>
    <${Loaded} of=${found} lines=${10}>${(/** @type {Api.Installation} */ data) => html`<div class="stack wide">
      <${Health} key=${looks} installation=${data} />
      <${Card} title=${t('system.parts')}><${Parts} of=${data} /><//>
      <${Card} title=${t('system.jobs')} lead=${t('system.jobs_lead')} body=${false}><${Jobs} of=${data.jobs} /><//>
      <${Card} title=${t('system.end')} lead=${t('system.end_lead')} body=${false} actions=${html`<${Button}
        kind="plain bad" onClick=${() => endSessions(data)}>${t('system.end_action')}<//>`} />
    </div>`}<//>`;
}

/** @param {Api.Installation} installation */
function endSessions({ base_url: url }) {
  const { host } = new URL(url);
  ask({
    title: t('system.ask_end', { name: host }),
    text: t('system.ask_end_text'),
    action: t('system.end_action'),
    danger: true,
    typed: host,
    act: async () => {
      await asPerson('POST', '/admin/installation/end-sessions');
      say(t('system.ended'));
      // The own one is among them.
      await signOut('ended');
    },
  });
}

/** @param {{of: Api.Installation}} props */
const Parts = ({ of: data }) => html`<dl class="facts">
  <dt>${t('system.version')}</dt><dd>${data.version}</dd>
  <dt>${t('system.base_url')}</dt><dd><a href=${data.base_url}>${data.base_url}</a></dd>
  <dt>${t('system.database')}</dt><dd>${told(`engine.${data.engine}`, data.engine)}, ${size(data.database_bytes)},
    ${' '}${t('system.schema', { number: String(data.schema_version) })}</dd>
  <dt>${t('system.free')}</dt><dd>${data.free_bytes === null ? html`<span class="muted">${t('system.unknown')}</span>` : size(data.free_bytes)}</dd>
  <dt>${t('system.started')}</dt><dd><${Time} at=${data.started_at} as="ago" /> <span class="muted small">(<${Time}
    at=${data.started_at} />)</span></dd>
  <dt>${t('system.created')}</dt><dd><${Time} at=${data.created_at} /></dd>
  <dt>${t('id')}</dt><dd class="row nowrap"><code>${data.id}</code><${Copy} text=${data.id} label=${t('copy_id')} /></dd>
</dl>`;

/** Reasons of a job to fail that have words of their own. @type {[RegExp, string][]} */
const FAILURES = [
  [/disk is full/, 'system.failure_full'],
  [/cannot store or read/, 'system.failure_data'],
  [/more to do/, 'system.failure_busy'],
];

/** @param {string | null} failure as the API says it @returns {string} why a job failed */
const why = (failure) =>
  told(FAILURES.find(([pattern]) => pattern.test(failure ?? ''))?.[1] ?? 'system.failure_other');


/** @param {{of: Api.Job[]}} props */
function Jobs({ of: jobs }) {
  /** @type {import('../../components/table.js').Column<Api.Job>[]} */
  const columns = [
    {
      title: t('name'),
      kind: 'main',
      show: (job) =>
        html`<div><span class="strong">${told(`job.${job.name}`, job.name)}</span><br /><span class="muted small">
          ${told(`job.${job.name}.text`)}</span></div>`,
    },
    {
      title: t('status'),
      show: (job) =>
        isFailing(job)
          ? html`<${Badge} kind="bad">${t('system.job_failed')}<//>`
          : html`<${Badge} kind=${job.ran_at ? 'good' : ''}>${t(job.ran_at ? 'system.job_fine' : 'system.job_waiting')}<//>`,
    },
    { title: t('system.last_run'), show: (job) => html`<${Time} at=${job.ran_at} as="ago" never=${t('system.not_yet')} />` },
    {
      title: t('system.last_failure'),
      show: (job) =>
        html`<div><${Time} at=${job.failed_at} never=${t('never')} />
          ${job.failed_at && html`<p class="muted small">${why(job.failure)}</p>`}</div>`,
    },
  ];
  return html`<${Table} label=${t('system.jobs')} columns=${columns} keyOf=${(/** @type {Api.Job} */ job) => job.name}
    of=${{ data: { items: jobs, total: jobs.length }, problem: null, busy: false, reload: async () => {}, set: () => {} }}
    empty=${html`<p class="body muted">${t('system.no_jobs')}</p>`} />`;
}
