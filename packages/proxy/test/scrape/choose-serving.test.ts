import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Serving } from '../../src/fleet/claim.ts';
import { chooseServing, diagnoseNoRoom } from '../../src/scrape/choose-serving.ts';
import { announced, FleetStand } from '../support/fleet-stand.ts';

function candidates(stand: FleetStand): readonly Serving[] {
  const routing = stand.routes.route('client:9100', '/metrics');
  return routing.kind === 'served' ? routing.serving : [];
}

function openScrape({ connection }: Serving): void {
  const head = { deadlineMs: 10_000, method: 'GET', address: 'client:9100', path: '/metrics', headers: [] } as const;
  connection.tunnel.session.openScrape(head, { responded: () => {}, received: () => {}, failed: () => {} });
}

test('takes the tunnel with the fewest exchanges, and another one the second time', () => {
  const stand = new FleetStand();
  for (const name of ['a', 'b']) stand.join({ name }).announce(announced());
  const [a, b] = candidates(stand);
  assert.ok(a !== undefined && b !== undefined);
  openScrape(a);
  assert.equal(chooseServing([a, b], []), b);
  assert.equal(chooseServing([a, b], [b]), a);
  assert.equal(chooseServing([a, b], [a, b]), undefined);
});

test('tells an agent that has all it takes from one that leaves', () => {
  const stand = new FleetStand();
  const agent = stand.join({ name: 'client', maxExchanges: 1 }).announce(announced());
  const serving = candidates(stand);
  for (const each of serving) openScrape(each);
  assert.equal(chooseServing(serving, []), undefined);
  const busy = { outcome: 'agent_busy', reason: 'agent client already has 1 scrapes in flight' };
  assert.deepEqual(diagnoseNoRoom(serving), busy);
  agent.tunnel.session.sendGoAway({ reason: 'the agent stops', reconnectAfterMs: 0 });
  stand.settle();
  assert.deepEqual(diagnoseNoRoom(serving), { outcome: 'agent_gone', reason: 'agent client is stopping' });
});

// The agent of a revoked token "already had 0 scrapes in flight" for as long as its tunnel took to close.
test('does not call an agent busy whose tunnel is being closed', () => {
  const stand = new FleetStand();
  stand.join({ name: 'client' }).announce(announced());
  const serving = candidates(stand);
  for (const { connection } of serving) connection.tunnel.close('unauthorised', 'the token is not known');
  assert.equal(chooseServing(serving, []), undefined);
  const closing = { outcome: 'agent_gone', reason: 'the tunnel to agent client is closing' };
  assert.deepEqual(diagnoseNoRoom(serving), closing);
});
