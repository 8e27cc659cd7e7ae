// Whether all is well with the installation: one line for each thing that may not be, and what to do then.
import { html } from '../../lib/ui.js';
import { verdict } from '../../lib/audit-state.js';
import { size } from '../../lib/format.js';
import { isReady } from '../../lib/health.js';
import { t } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { asPerson } from '../../lib/session.js';
import { Card, Time } from '../../components/basics.js';
import { Icon } from '../../components/icon.js';
import { MailTestButton } from '../../components/mail-test.js';

const DAY = 86_400_000;
/** A backup older than this is worth a word, in milliseconds. */
const OLD = 7 * DAY;
/** Less room than this is worth a word, in bytes. */
const LITTLE = 1_000_000_000;

/** @typedef {'good' | 'warn' | 'bad' | ''} Kind */

/** @param {{kind: Kind, title: string, text: Children, children?: Children}} props */
function Line({ kind, title, text, children }) {
  const icon = kind === 'good' ? 'check' : kind ? 'alert' : 'clock';
  return html`<li class="health ${kind}"><${Icon} name=${icon} size=${20} /><div class="grow"><p class="strong">
    ${title}<span class="hidden">: ${t(kind ? `health.is_${kind}` : 'loading')}</span></p><p class="muted small">${text}</p></div>
    ${children && html`<div class="row">${children}</div>`}</li>`;
}

/** Whether a job's last deed was to fail. @param {Api.Job} job */
export const isFailing = (job) => job.failed_at !== null && job.failed_at > (job.ran_at ?? '');

/** @param {{installation: Api.Installation}} props */
export function Health({ installation: data }) {
  const ready = useLoad(isReady, []);
  /** @type {import('../../lib/load.js').Loaded<Api.AuditState>} */
  const audit = useLoad((signal) => asPerson('GET', '/admin/audit-events/state', undefined, { signal }), []);
  const failing = data.jobs.filter(isFailing).length;
  const isLow = data.free_bytes !== null && data.free_bytes < Math.max(LITTLE, data.database_bytes);
  const isOld = !data.last_backup_at || Date.now() - Date.parse(data.last_backup_at) > OLD;
  const chains = audit.data && verdict(audit.data);
  return html`<${Card} title=${t('health.title')} body=${false}><ul>
    <${Line} kind=${ready.data === null ? '' : ready.data ? 'good' : 'bad'} title=${t('health.server')}
      text=${ready.data === null ? t('loading') : t(ready.data ? 'health.server_good' : 'health.server_bad')} />
    <${Line} kind=${isLow ? 'bad' : 'good'} title=${t('health.disk')}
      text=${
        data.free_bytes === null
          ? t('health.disk_unknown')
          : t(isLow ? 'health.disk_bad' : 'health.disk_good', { size: size(data.free_bytes) })
      } />
    <${Line} kind=${failing ? 'bad' : 'good'} title=${t('system.jobs')}
      text=${failing ? t('health.jobs_bad', { count: failing }) : t('health.jobs_good')} />
    <${Line} kind=${data.mail_server ? 'good' : 'warn'} title=${t('health.mail')}
      text=${html`${data.mail_server ? t('health.mail_good', { server: data.mail_server }) : t('health.mail_warn')}
        ${' '}${data.mails_waiting > 0 && html`<a href="#/admin/outbox?status=waiting">
        ${t('health.mail_waiting', { count: data.mails_waiting })}</a>`}`}>
      ${data.mail_server ? html`<${MailTestButton} />` : html`<a class="button" href="#/admin/configuration">
        ${t('health.mail_set')}</a>`}<//>
    ${
      data.exports_failing > 0 &&
      html`<${Line} kind="warn" title=${t('health.exports')} text=${t('health.exports_failing', { count: data.exports_failing })} />`
    }
    <${Line} kind=${isOld ? 'warn' : 'good'} title=${t('health.backup')} text=${
      data.last_backup_at
        ? html`${t('health.backup_last')} <${Time} at=${data.last_backup_at} as="ago" />${isOld && html`. ${t('health.backup_old')}`}`
        : t('health.backup_none')
    } />
    <${Line} kind=${chains ? ({ whole: 'good', fresh: 'good', behind: 'warn', broken: 'bad' })[chains] : ''}
      title=${t('nav.audit')} text=${chains ? t(`health.audit_${chains}`) : (audit.problem?.text ?? t('loading'))}>
      <a class="button" href="#/admin/audit">${t('details')}</a><//>
  </ul><//>`;
}
