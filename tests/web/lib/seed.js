// An installation with something in it, for pages to show.
import { randomUUID } from 'node:crypto';
import { Receiver } from './receiver.js';
import { until } from './server.js';

/** @param {import('./server.js').Server} server */
export async function seed(server) {
  const admin = await server.admin('ada@example.com');
  const owner = await server.person('jane@acme.example', 'Jane', 'Doe');
  const acme = await server.tenant(owner, 'Acme Corp', 'acme-corp');
  const people = /** @type {const} */ ([
    ['max@acme.example', 'admin', 'Max', 'Meier'],
    ['mia@acme.example', 'member', 'Mia', 'Nguyen'],
    ['ole@acme.example', 'member', 'Ole', 'Hansen'],
    ['zoe@acme.example', 'viewer', 'Zoë', 'Ångström'],
    ['raj@acme.example', 'member', 'Raj', 'Patel'],
  ]);
  for (const [email, role, first, last] of people) await server.member(acme.token, email, role, first, last);
  for (const email of ['lee@partner.example', 'kim@partner.example'])
    await server.call('POST', '/service/invites', { token: acme.token, body: { email, role: 'viewer' } });
  await server.call('POST', '/service/subscriptions', { token: acme.token, body: { plan_id: 'plan_pro' } });
  await server.call('PUT', '/service/configs/gateway.violation_action', { token: acme.token, body: { value: 'warn' } });
  await server.call('PUT', '/service/configs/branding.support_email', {
    token: acme.token,
    body: { value: 'help@acme.example' },
  });
  await server.call('PUT', '/admin/configs/gateway.timeout_seconds', {
    token: admin,
    body: { value: 90, is_locked: true },
  });
  await server.call('PUT', '/service/storage', { token: acme.token, body: { provider: 'LOCAL' } });
  const hook = await seedWebhooks(server, acme.token);
  await server.tenant(owner, 'Globex', 'globex');
  const initech = await server.tenant(owner, 'Initech <b>Labs</b>', 'initech');
  await server.call('PUT', `/admin/tenants/${initech.id}/status`, {
    token: admin,
    body: { status: 'suspended', reason: 'Payment overdue since March.' },
  });
  const { key } = await server.call('POST', '/admin/service-keys', {
    token: admin,
    body: { name: 'gateway-1', scopes: ['tokens:read', 'usage:write', 'configs:read', 'entitlements:read'] },
  });
  const events = [];
  for (let hour = 0; hour < 24 * 6; hour += 3) {
    const at = `${new Date(Date.now() - hour * 3_600_000).toISOString().slice(0, 19)}Z`;
    const requests = Math.round(3000 + 2200 * Math.sin(hour / 9) + (hour % 7) * 130);
    events.push({
      id: randomUUID(),
      tenant_id: acme.id,
      environment: 'prod',
      at,
      requests,
      violations: Math.round(requests / 40),
    });
  }
  await server.call('POST', '/internal/usage', { token: key, body: { events } });
  return { acme, hook, initech, owner, admin };
}

/**
 * A webhook that works, and one where nobody answers.
 * @param {import('./server.js').Server} server
 * @param {string} token
 * @returns {Promise<string>} the id of the first
 */
async function seedWebhooks(server, token) {
  const receiver = await Receiver.start();
  const events = ['member.joined', 'member.left', 'member.removed', 'invite.created', 'config.updated'];
  const hooks = [
    { url: receiver.url, events, description: 'Our directory' },
    { url: 'http://127.0.0.1:9/services/alerts', events: ['*'] },
  ];
  const made = [];
  for (const body of hooks) made.push(await server.call('POST', '/service/webhooks', { token, body }));
  await server.call('POST', `/service/webhooks/${made[0].id}/test`, { token });
  await receiver.heard('webhook.test');
  receiver.status = 503;
  const body = { email: 'ann@partner.example', role: 'member' };
  await server.call('POST', '/service/invites', { token, body });
  await receiver.heard('invite.created');
  await until('both webhooks have failed', async () => {
    const { items } = await server.call('GET', '/service/webhooks', { token });
    return items.every((/** @type {{failing_since: string | null}} */ one) => one.failing_since);
  });
  return made[0].id;
}
