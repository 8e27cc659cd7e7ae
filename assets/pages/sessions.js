// Where the person is signed in.
import { html } from '../lib/ui.js';
import { describeAgent } from '../lib/agent.js';
import { t } from '../lib/i18n.js';
import { useLoad } from '../lib/load.js';
import { asPerson } from '../lib/session.js';
import { Badge, Button, Loaded, Time } from '../components/basics.js';
import { ask } from '../components/dialog.js';
import { Icon } from '../components/icon.js';
import { PageHead } from '../components/head.js';
import { say } from '../components/toast.js';

export default function Sessions() {
  /** @type {import('../lib/load.js').Loaded<Api.Session[]>} */
  const list = useLoad((signal) => asPerson('GET', '/global/auth/sessions', undefined, { signal }), []);
  const others = (list.data ?? []).filter((session) => !session.is_current);
  const end = async (/** @type {Api.Session[]} */ sessions) => {
    for (const { id } of sessions) await asPerson('DELETE', `/global/auth/sessions/${id}`);
    await list.reload();
    say(t('sessions.ended', { count: sessions.length }));
  };
  const endOne = (/** @type {Api.Session} */ session) =>
    ask({
      title: t('sessions.ask', { name: describeAgent(session.user_agent, t('sessions.unknown')) }),
      text: t('sessions.ask_text'),
      action: t('sessions.end'),
      danger: true,
      act: () => end([session]),
    });
  const endOthers = () =>
    ask({
      title: t('sessions.ask_all', { count: others.length }),
      text: t('sessions.ask_text'),
      action: t('sessions.end_all'),
      danger: true,
      act: () => end(others),
    });
  return html`<${PageHead} title=${t('nav.sessions')} lead=${t('sessions.lead')}>
      ${others.length > 0 && html`<${Button} icon="out" onClick=${endOthers}>${t('sessions.end_all')}<//>`}<//>
    <${Loaded} of=${list}>${(/** @type {Api.Session[]} */ sessions) =>
      html`<ul class="card">${sessions.map(
        (session) => html`<li key=${session.id} class="setting">
      <div class="row nowrap"><${Icon} name="devices" size=${22} /><div class="grow"><p class="row"><span
        class="strong">${describeAgent(session.user_agent, t('sessions.unknown'))}</span>
        ${session.is_current && html`<${Badge} kind="good">${t('sessions.current')}<//>`}</p>
        <p class="muted small">${session.address} · ${t('sessions.used')} <${Time} at=${session.last_used_at}
          as="ago" /> · ${t('sessions.since')} <${Time} at=${session.created_at} /></p></div></div>
      <div class="row end">${!session.is_current && html`<${Button}
        label=${t('sessions.end_one', { name: describeAgent(session.user_agent, t('sessions.unknown')) })}
        onClick=${() => endOne(session)}>
        ${t('sessions.end')}<//>`}</div></li>`,
      )}</ul>`}<//>`;
}
