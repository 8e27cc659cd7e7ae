// The mails of the installation: how they stand, and the link of one to hand over where no mail server is set.
import { html, useState } from '../../lib/ui.js';
import { mailText } from '../../lib/happenings.js';
import { t, told } from '../../lib/i18n.js';
import { useLoad } from '../../lib/load.js';
import { note, pageOf, place } from '../../lib/router.js';
import { asPerson } from '../../lib/session.js';
import { Badge, Empty, Note, Segments, Time } from '../../components/basics.js';
import { ask } from '../../components/dialog.js';
import { HandOver } from '../../components/hand-over.js';
import { PageHead } from '../../components/head.js';
import { RowMenu } from '../../components/menu.js';
import { Table } from '../../components/table.js';
import { attempt, say } from '../../components/toast.js';

const SIZE = 25;
const STATUS = /** @type {const} */ ({ waiting: 'accent', sent: 'good', failed: 'bad', expired: 'warn' });
/** The mails that hold a link which may be handed over. */
const WITH_LINK = ['invitation', 'reset_password', 'welcome', 'email_change_confirm'];

export default function Outbox() {
  const { query } = place.value;
  const page = pageOf(query);
  const status = query.get('status') ?? '';
  const path = `/admin/outbox?limit=${SIZE}&offset=${(page - 1) * SIZE}${status && `&status=${status}`}`;
  /** @type {import('../../lib/load.js').Loaded<Api.List<Api.Message>>} */
  const list = useLoad((signal) => asPerson('GET', path, undefined, { signal }), [path]);
  /** @type {import('../../lib/load.js').Loaded<Api.Installation>} */
  const installation = useLoad((signal) => asPerson('GET', '/admin/installation', undefined, { signal }), []);
  const waitsForServer = installation.data !== null && !installation.data.mail_server;
  const [revealed, setRevealed] = useState(/** @type {Api.RevealedLink | null} */ (null));
  const retry = (/** @type {Api.Message} */ message) =>
    attempt(async () => {
      await asPerson('POST', `/admin/outbox/${message.id}/retry`);
      await list.reload();
      say(t('outbox.retried', { email: message.recipient }));
    });
  const reveal = (/** @type {Api.Message} */ message) =>
    ask({
      title: t('outbox.ask_reveal', { email: message.recipient }),
      text: t('outbox.ask_reveal_text'),
      action: t('outbox.reveal'),
      act: async () => setRevealed(await asPerson('POST', `/admin/outbox/${message.id}/reveal`)),
    });
  /** @type {import('../../components/table.js').Column<Api.Message>[]} */
  const columns = [
    {
      title: t('outbox.to'),
      kind: 'main',
      show: (message) =>
        html`<div><span class="strong break">${message.recipient}</span><br /><span class="muted small"
          title=${message.template}>${mailText(message.template)}</span></div>`,
    },
    {
      title: t('status'),
      show: (message) =>
        html`<div><${Badge} kind=${STATUS[/** @type {keyof typeof STATUS} */ (message.status)]}>
          ${told(`outbox.${message.status}`)}<//>${
            message.last_error && html`<p class="small muted break" lang="en">${message.last_error}</p>`
          }</div>`,
    },
    { title: t('outbox.attempts'), kind: 'right', show: (message) => html`<span class="number">${message.attempts}</span>` },
    { title: t('created'), show: (message) => html`<${Time} at=${message.created_at} />` },
    { title: t('outbox.next'), show: (message) => html`<${Time} at=${waitsForServer ? null : message.due_at} />` },
    {
      title: t('actions'),
      kind: 'actions corner',
      show: (message) =>
        message.status === 'waiting' &&
        !(waitsForServer && !WITH_LINK.includes(message.template)) &&
        html`<${RowMenu} label=${t('outbox.menu', { email: message.recipient })} items=${[
          !waitsForServer && { text: t('outbox.retry'), icon: 'undo', act: () => retry(message) },
          WITH_LINK.includes(message.template) && {
            text: t('outbox.reveal'),
            icon: 'eye',
            act: () => reveal(message),
          },
        ]} />`,
    },
  ];
  const options = ['', ...Object.keys(STATUS)].map((value) => [value, value ? told(`outbox.${value}`) : t('all')]);
  const empty = html`<${Empty} icon="mail" title=${t('outbox.none')} text=${t('outbox.none_text')} />`;
  return html`<${PageHead} title=${t('nav.outbox')} lead=${t('outbox.lead')} />
    <div class="stack">${
      waitsForServer &&
      html`<${Note} kind="warn">${t('health.mail_warn')} <a href="#/admin/configuration">${t('health.mail_set')}</a><//>`
    }<div class="row"><${Segments} label=${t('status')} value=${status} options=${options}
      onChange=${(/** @type {string} */ value) => note({ status: value, page: '' })} /></div>
      <div class="card"><${Table} label=${t('nav.outbox')} columns=${columns} of=${list}
        keyOf=${(/** @type {Api.Message} */ message) => message.id} empty=${empty} page=${page} size=${SIZE}
        onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div></div>
    ${
      revealed &&
      html`<${HandOver} title=${t('outbox.link_of', { email: revealed.recipient })} text=${t('outbox.link_text')}
      link=${revealed.link} until=${revealed.expires_at} onClose=${() => setRevealed(null)} />`
    }`;
}
