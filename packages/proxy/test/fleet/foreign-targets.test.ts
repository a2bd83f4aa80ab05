// An agent of one cluster announced an address of another, and was sent that cluster's scrapes with the credentials in them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announced, FleetStand, GRACE_MS } from '../support/fleet-stand.ts';

const ADDRESS = 'client.prod:9100';

async function listed(stand: FleetStand): Promise<readonly string[]> {
  const { entries } = await stand.list.snapshot();
  return entries.map(({ address, cluster }) => `${address} ${cluster}`);
}

test('an address stays with the cluster that announced it first', async () => {
  const stand = new FleetStand();
  stand.join({ instance: 'a', name: 'client', cluster: 'prod' }).announce(announced({ address: ADDRESS }));
  const thief = stand.join({ instance: 'b', name: 'thief', cluster: 'dev' });
  thief.announce(announced({ address: ADDRESS }), announced({ id: 2, address: 'own.dev:80' }));
  assert.deepEqual(stand.served(ADDRESS), ['a']);
  assert.deepEqual(stand.served('own.dev:80'), ['b']);
  assert.ok(stand.metrics.events.includes('left out 1'));
  assert.deepEqual(await listed(stand), [`${ADDRESS} prod`, 'own.dev:80 dev']);
});

test('it does not change hands while its agent is away for a while, and what was left out leaves no trace', async () => {
  const stand = new FleetStand();
  const owner = stand
    .join({ instance: 'a', name: 'client', cluster: 'prod' })
    .announce(announced({ address: ADDRESS }));
  const thief = stand.join({ instance: 'b', name: 'thief', cluster: 'dev' }).announce(announced({ address: ADDRESS }));
  owner.vanish();
  thief.change({ snapshot: true, add: [announced({ address: ADDRESS })], remove: [] });
  assert.equal(stand.served(ADDRESS), 'departed');
  thief.change({ snapshot: false, add: [], remove: [1] });
  thief.vanish();
  assert.deepEqual(await listed(stand), [`${ADDRESS} prod`]);
  stand.clock.advance(GRACE_MS + 5_000);
  assert.equal(stand.served(ADDRESS), 'unknown');
  stand.join({ instance: 'c', name: 'heir', cluster: 'dev' }).announce(announced({ address: ADDRESS }));
  assert.deepEqual(stand.served(ADDRESS), ['c']);
});

test('agents of one cluster may share an address', () => {
  const stand = new FleetStand();
  for (const name of ['one', 'two']) {
    stand.join({ instance: name, name, cluster: 'prod' }).announce(announced({ address: ADDRESS }));
  }
  assert.deepEqual(stand.served(ADDRESS), ['one', 'two']);
});
