// Invitations into an organization: send several at once, send again, take back.
import { html, useEffect, useState } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { Problem } from '../lib/http.js';
import { phrase, t } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { note, pageOf, place } from '../lib/router.js';
import { asMember } from '../lib/tenant.js';
import { Button, Empty, Note, RoleBadge, Status, Time } from '../components/basics.js';
import { Dialog, ask } from '../components/dialog.js';
import { FormOf, Select, TextArea } from '../components/fields.js';
import { RowMenu } from '../components/menu.js';
import { PageHead } from '../components/head.js';
import { Table } from '../components/table.js';
import { attempt, say } from '../components/toast.js';
import { roleOptions } from './members.js';

const SIZE = 25;

/** @param {{tenant: import('../lib/tenant.js').Current}} props */
export default function Invitations({ tenant }) {
  const page = pageOf(place.value.query);
  const path = `/service/invites?limit=${SIZE}&offset=${(page - 1) * SIZE}`;
  /** @type {import('../lib/load.js').Loaded<Api.List<Api.Invite>>} */
  const list = useLoad((signal) => asMember('GET', path, undefined, { signal }), [path]);
  // A link of another page opens it, once.
  const [inviting, setInviting] = useState(place.value.query.has('invite'));
  useEffect(() => note({ invite: '' }), []);
  /** @param {Api.Invite} invite */
  const items = (invite) => {
    const resend = () =>
      attempt(async () => {
        await asMember('POST', `/service/invites/${invite.id}/resend`);
        await list.reload();
        say(t('invitations.resent', { email: invite.email }));
      });
    const revoke = async () => {
      await asMember('DELETE', `/service/invites/${invite.id}`);
      await list.reload();
      say(t('invitations.revoked', { email: invite.email }));
    };
    return [
      { text: t('invitations.resend'), icon: /** @type {const} */ ('mail'), act: resend },
      {
        text: t('invitations.revoke'),
        icon: /** @type {const} */ ('cross'),
        bad: true,
        act: () =>
          ask({
            title: t('invitations.ask_revoke', { email: invite.email }),
            text: t('invitations.ask_revoke_text'),
            action: t('invitations.revoke'),
            danger: true,
            act: revoke,
          }),
      },
    ];
  };
  /** @type {import('../components/table.js').Column<Api.Invite>[]} */
  const columns = [
    {
      title: t('email'),
      kind: 'main',
      show: (invite) =>
        html`<div><span class="strong break">${invite.email}</span><br /><span class="muted small break">
          ${t('invitations.by', { email: invite.invited_by })}</span></div>`,
    },
    { title: t('role'), show: (invite) => html`<${RoleBadge} role=${invite.role} />` },
    { title: t('status'), show: (invite) => html`<${Status} value=${invite.status} />` },
    { title: t('invitations.sent'), show: (invite) => html`<${Time} at=${invite.created_at} as="date" />` },
    { title: t('invitations.expires'), show: (invite) => html`<${Time} at=${invite.expires_at} as="ago" />` },
    {
      title: t('actions'),
      kind: 'actions corner',
      show: (invite) =>
        html`<${RowMenu} label=${t('invitations.menu', { email: invite.email })} items=${items(invite)} />`,
    },
  ];
  const open = html`<${Button} kind="primary" icon="plus" onClick=${() => setInviting(true)}>
    ${t('invitations.action')}<//>`;
  const empty = html`<${Empty} icon="mail" title=${t('invitations.none')} text=${t('invitations.none_text')}>
    ${open}<//>`;
  return html`<${PageHead} title=${t('nav.invitations')} lead=${t('invitations.lead')}>
    ${(list.data?.total ?? 0) > 0 && open}<//>
    <div class="card"><${Table} label=${t('nav.invitations')} columns=${columns} of=${list}
      keyOf=${(/** @type {Api.Invite} */ invite) => invite.id} empty=${empty} page=${page} size=${SIZE}
      onPage=${(/** @type {number} */ to) => note({ page: to > 1 ? to : '' })} /></div>
    ${inviting && html`<${Invite} tenant=${tenant} onClose=${() => setInviting(false)} onSent=${list.reload} />`}`;
}

/**
 * The addresses in a text, also as mail programs copy them: `"Lovelace, Ada" <ada@example.com>`.
 * @param {string} text
 */
function addressesOf(text) {
  const found = text
    .replace(/"[^"]*"/g, ' ')
    .split(/[,;\n]+/)
    .flatMap((part) => {
      const inBrackets = [...part.matchAll(/<([^<>]*)>/g)].map(([, address]) => address.trim());
      const words = part.replace(/<[^<>]*>/g, ' ').split(/\s+/);
      // What stands beside an address in brackets is a name, or another address.
      return inBrackets.length ? [...words.filter((word) => word.includes('@')), ...inBrackets] : words;
    });
  return [...new Set(found.filter(Boolean))];
}

/** @param {{tenant: import('../lib/tenant.js').Current, onClose: () => void, onSent: () => Promise<void>}} props */
function Invite({ tenant, onClose, onSent }) {
  const [failed, setFailed] = useState(/** @type {[string, string][]} */ ([]));
  const [sent, setSent] = useState(/** @type {string[]} */ ([]));
  const form = useForm(
    { emails: '', role: 'member' },
    async ({ emails, role }) => {
      const wanted = addressesOf(emails);
      if (!wanted.length) {
        form.fail({ emails: t('invitations.no_email') });
        return;
      }
      /** @type {[string, string][]} */
      const refused = [];
      for (const email of wanted) {
        // One address that cannot be invited holds none of the others up.
        await asMember('POST', '/service/invites', { email, role }).catch((error) => {
          if (!(error instanceof Problem)) throw error;
          refused.push([email, error.fields.length ? phrase(error.fields[0].message) : error.text]);
        });
      }
      const invited = wanted.filter((email) => !refused.some(([one]) => one === email));
      if (invited.length) {
        await onSent();
        say(t('invitations.done', { count: invited.length }));
      }
      setSent(invited);
      setFailed(refused);
      form.set({ emails: refused.map(([email]) => email).join('\n') });
      if (!refused.length) onClose();
    },
    'invitations',
  );
  return html`<${Dialog} title=${t('invitations.title', { name: tenant.name })} onClose=${onClose}><${FormOf}
    form=${form}>
    ${failed.length > 0 && html`<${Note} kind="bad"><p class="strong">
      ${t('invitations.failed', { count: failed.length })}</p><ul>${failed.map(([email, why]) => html`<li class="break">
      ${email}: ${why}</li>`)}</ul><//>`}
    ${failed.length > 0 && sent.length > 0 && html`<${Note} kind="good"><p class="strong">${t('invitations.sent_to')}</p>
      <ul>${sent.map((email) => html`<li class="break">${email}</li>`)}</ul><//>`}
    <${TextArea} form=${form} name="emails" label=${t('invitations.emails')} hint=${t('invitations.emails_hint')}
      rows="4" autocomplete="off" spellcheck=${false} autofocus />
    <${Select} form=${form} name="role" label=${t('role')} options=${roleOptions()} />
    <div class="foot"><${Button} onClick=${onClose}>${t(sent.length ? 'done' : 'cancel')}<//><${Button} type="submit" kind="primary"
      icon="mail" busy=${form.busy}>${t('invitations.send')}<//></div><//><//>`;
}
