import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash } from 'node:crypto';
import { CLOSE_REASONS } from '@pullway/shared/protocol/protocol-error';
import type { AgentToken } from '../../src/access/agent-credentials.ts';
import { announced, FleetStand, GRACE_MS, type StandAgent } from '../support/fleet-stand.ts';

const TOKEN = 'a token';
const OTHER_TOKEN = 'another token';

function token(name: string, text: string, clusters = ['*'], agents = ['*']): AgentToken {
  return { name, sha256: hash('sha256', text, 'hex'), clusters, agents };
}

function openScrape(stand: FleetStand): { failures: string[] } {
  const [connection] = [...stand.fleet.connections];
  const failures: string[] = [];
  const head = { deadlineMs: 10_000, method: 'GET', address: 'client:9100', path: '/metrics', headers: [] } as const;
  connection?.tunnel.session.openScrape(head, {
    responded: () => {},
    received: () => {},
    failed: ({ code }) => void failures.push(code),
  });
  stand.settle();
  return { failures };
}

function codeOf(agent: StandAgent): number | undefined {
  return agent.end?.code;
}

test('welcomes an agent and serves what it announces', () => {
  const stand = new FleetStand();
  const agent = stand.join({ instance: 'a' });
  assert.equal(agent.welcomes.length, 1);
  assert.equal(agent.welcomes[0]?.replica, 'r');
  assert.equal(stand.served(), 'unknown');
  agent.announce(announced());
  assert.deepEqual(stand.served(), ['a']);
});

test('follows deltas of an announcement', () => {
  const stand = new FleetStand();
  const agent = stand.join({ instance: 'a' }).announce(announced(), announced({ id: 2, address: 'db:9187' }));
  agent.change({ snapshot: false, add: [announced({ id: 3, address: 'web:80' })], remove: [1] });
  assert.equal(stand.served('client:9100'), 'unknown');
  assert.deepEqual(stand.served('db:9187'), ['a']);
  assert.deepEqual(stand.served('web:80'), ['a']);
});

test('refuses an agent whose token does not cover its cluster or its name', () => {
  const stand = new FleetStand({ tokens: [token('eu', TOKEN, ['prod-eu'], ['node-*'])] });
  assert.equal(codeOf(stand.join({ cluster: 'prod-us', name: 'node-1' }, TOKEN)), CLOSE_REASONS.forbidden.code);
  assert.equal(codeOf(stand.join({ cluster: 'prod-eu', name: 'web-1' }, TOKEN)), CLOSE_REASONS.forbidden.code);
  assert.equal(codeOf(stand.join({ cluster: 'prod-eu', name: 'node-1' }, TOKEN)), undefined);
  assert.deepEqual(stand.metrics.events, ['refused forbidden', 'refused forbidden', 'opened']);
});

test('refuses at HELLO a token that was revoked since the upgrade', () => {
  const stand = new FleetStand({ tokens: [token('eu', TOKEN), token('us', OTHER_TOKEN)] });
  const identity = stand.credentials.identify(TOKEN);
  assert.ok(identity);
  const agent = stand.dial(identity);
  stand.credentials.replace([token('us', OTHER_TOKEN)]);
  agent.tunnel.session.greet();
  stand.settle();
  assert.equal(codeOf(agent), CLOSE_REASONS.unauthorised.code);
});

test('closes the tunnels of a revoked token, and of one that no longer covers them', () => {
  const stand = new FleetStand({ tokens: [token('eu', TOKEN), token('us', OTHER_TOKEN)] });
  const revoked = stand.join({ name: 'one' }, TOKEN);
  const narrowed = stand.join({ name: 'two' }, OTHER_TOKEN);
  const kept = stand.join({ name: 'three' }, OTHER_TOKEN);
  stand.credentials.replace([token('us', OTHER_TOKEN, ['*'], ['three'])]);
  stand.fleet.recheckAccess();
  stand.settle();
  assert.equal(codeOf(revoked), CLOSE_REASONS.unauthorised.code);
  assert.equal(codeOf(narrowed), CLOSE_REASONS.forbidden.code);
  assert.equal(codeOf(kept), undefined);
});

test('lets the newest instance serve, and tells the displaced one, once the newest has announced', () => {
  const stand = new FleetStand();
  const old = stand.join({ instance: 'a' }).announce(announced());
  const newest = stand.join({ instance: 'b' });
  assert.deepEqual(stand.served(), ['a'], 'no gap between HELLO and the list of targets');
  assert.equal(codeOf(old), undefined);
  newest.announce(announced());
  assert.deepEqual(stand.served(), ['b']);
  assert.equal(codeOf(old), CLOSE_REASONS.displaced.code);
  assert.ok(stand.metrics.events.includes('duplicate displaced'));
  assert.ok(stand.logger.lines.includes('warn agent name is claimed twice, the newest instance serves'));
});

test('sends an older instance away while the one that serves is healthy', () => {
  const stand = new FleetStand();
  stand.join({ instance: 'a' }).announce(announced());
  stand.join({ instance: 'b' }).announce(announced());
  const back = stand.join({ instance: 'a' });
  assert.equal(codeOf(back), CLOSE_REASONS.displaced.code);
  assert.deepEqual(stand.served(), ['b']);
});

test('sends an instance away that says it is on standby, unless the one that serves is silent', () => {
  const stand = new FleetStand();
  const serving = stand.join({ instance: 'a' }).announce(announced());
  assert.equal(codeOf(stand.join({ instance: 'b', standby: true })), CLOSE_REASONS.displaced.code);
  serving.link.isSwallowing = true;
  stand.clock.advance(21_000);
  const standby = stand.join({ instance: 'c', standby: true });
  assert.equal(codeOf(standby), undefined);
  standby.announce(announced());
  assert.deepEqual(stand.served(), ['c']);
});

test('takes an older instance back when the newer one is gone', () => {
  const stand = new FleetStand();
  stand.join({ instance: 'a' }).announce(announced());
  const newer = stand.join({ instance: 'b' }).announce(announced());
  newer.vanish();
  const back = stand.join({ instance: 'a', standby: true }).announce(announced());
  assert.equal(codeOf(back), undefined);
  assert.deepEqual(stand.served(), ['a']);
});

test('replaces the tunnel of an instance that connects again, and fails what still ran on the old one', () => {
  const stand = new FleetStand();
  const old = stand.join({ instance: 'a' }).announce(announced());
  const { failures } = openScrape(stand);
  stand.join({ instance: 'a' }).announce(announced());
  assert.equal(codeOf(old), CLOSE_REASONS.superseded.code);
  assert.deepEqual(failures, ['tunnel_lost']);
  assert.deepEqual(stand.served(), ['a']);
});

test('lets scrapes of a displaced instance end before it closes the tunnel', () => {
  const stand = new FleetStand();
  const old = stand.join({ instance: 'a' }).announce(announced());
  const { failures } = openScrape(stand);
  stand.join({ instance: 'b' }).announce(announced());
  stand.clock.advance(3_000);
  assert.equal(codeOf(old), undefined);
  old.scrapes[0]?.fail('target_timeout', 'too slow');
  stand.clock.advance(2_000);
  assert.deepEqual(failures, ['target_timeout']);
  assert.equal(codeOf(old), CLOSE_REASONS.displaced.code);
});

test('waits no longer than 15 s for scrapes of a displaced instance', () => {
  const stand = new FleetStand();
  const old = stand.join({ instance: 'a' }).announce(announced());
  openScrape(stand);
  stand.join({ instance: 'b' }).announce(announced());
  stand.clock.advance(16_000);
  assert.equal(codeOf(old), CLOSE_REASONS.displaced.code);
});

test('goes on with the old instance when the newcomer leaves before it announced anything', () => {
  const stand = new FleetStand();
  stand.join({ instance: 'a' }).announce(announced());
  stand.join({ instance: 'b' }).vanish();
  assert.deepEqual(stand.served(), ['a']);
});

test('keeps what the old instance had listed when both leave before the newcomer announced anything', async () => {
  const stand = new FleetStand();
  const old = stand.join({ instance: 'a' }).announce(announced());
  const newcomer = stand.join({ instance: 'b' });
  old.vanish();
  assert.equal(stand.served(), 'departed');
  newcomer.vanish();
  assert.equal(stand.served(), 'departed');
  assert.equal((await stand.listed()).length, 1);
});

test('keeps several names, and one name in several clusters, apart', () => {
  const stand = new FleetStand();
  stand.join({ name: 'one', instance: 'a' }).announce(announced());
  stand.join({ name: 'two', instance: 'b' }).announce(announced());
  stand.join({ name: 'one', cluster: 'eu', instance: 'c' }).announce(announced({ address: 'client.eu:9100' }));
  assert.deepEqual(stand.served(), ['a', 'b']);
  assert.deepEqual(stand.served('client.eu:9100'), ['c']);
  assert.ok(!stand.metrics.events.some((event) => event.startsWith('duplicate')));
});

test('answers for a departed agent with its name and the time since, and forgets it after the grace time', async () => {
  const stand = new FleetStand();
  stand.join({ name: 'client', instance: 'a' }).announce(announced()).vanish();
  stand.clock.advance(42_000);
  const routing = stand.routes.route('client:9100', '/metrics');
  assert.equal(routing.kind, 'departed');
  assert.ok(routing.kind === 'departed' && routing.agent === 'client' && Math.round(routing.sinceMs / 1000) === 42);
  assert.equal((await stand.listed()).length, 1);
  stand.clock.advance(GRACE_MS);
  assert.equal(stand.served(), 'unknown');
  assert.deepEqual(await stand.listed(), []);
  assert.deepEqual([...stand.fleet.departures], []);
});

test('forgets what a departed agent had when it is back without it', async () => {
  const stand = new FleetStand();
  stand
    .join({ instance: 'a' })
    .announce(announced(), announced({ id: 2, address: 'db:9187' }))
    .vanish();
  stand.join({ instance: 'b' }).announce(announced());
  assert.deepEqual(stand.served(), ['b']);
  assert.equal(stand.served('db:9187'), 'unknown');
  assert.equal((await stand.listed()).length, 1);
});

test('leaves the list as it is while an agent reconnects', async () => {
  const stand = new FleetStand();
  stand.join({ instance: 'a' }).announce(announced()).vanish();
  const before = await stand.list.snapshot();
  stand.join({ instance: 'a' }).announce(announced());
  assert.equal((await stand.list.snapshot()).version, before.version);
});

test('sends all agents away with delays spread over some seconds', () => {
  const stand = new FleetStand();
  const agents = ['one', 'two', 'three', 'four'].map((name) => stand.join({ name }));
  stand.fleet.sendAway();
  stand.settle();
  const delays = agents.map(({ goAways }) => goAways[0]?.reconnectAfterMs);
  assert.deepEqual(delays, [0, 1250, 2500, 3750]);
});

test('closes all tunnels with a code that lets agents try elsewhere', async () => {
  const stand = new FleetStand();
  const agents = [stand.join({ name: 'one' }), stand.join({ name: 'two' })];
  const closed = stand.fleet.close({ signal: new AbortController().signal });
  stand.clock.advance(10);
  await closed;
  assert.deepEqual(agents.map(codeOf), [CLOSE_REASONS.draining.code, CLOSE_REASONS.draining.code]);
  assert.deepEqual([...stand.fleet.connections], []);
});

test('cuts the tunnels of agents that do not answer when the time to close is over', async () => {
  const stand = new FleetStand();
  stand.join({ name: 'one' }).link.isSwallowing = true;
  const time = new AbortController();
  const closed = stand.fleet.close({ signal: time.signal });
  stand.clock.advance(10);
  time.abort();
  stand.clock.advance(10);
  await closed;
  assert.deepEqual([...stand.fleet.connections], []);
});

test('puts nothing on a tunnel that was closed and has not ended yet', () => {
  const stand = new FleetStand({ tokens: [token('eu', TOKEN)] });
  stand.join({ instance: 'a' }, TOKEN).announce(announced());
  const [connection] = [...stand.fleet.connections];
  stand.credentials.replace([token('us', OTHER_TOKEN)]);
  stand.fleet.recheckAccess();
  assert.equal(connection?.tunnel.session.hasRoom, false);
});
