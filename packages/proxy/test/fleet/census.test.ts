import assert from 'node:assert/strict';
import { test } from 'node:test';
import { census } from '../../src/fleet/census.ts';
import { announced, FleetStand } from '../support/fleet-stand.ts';

test('counts agents and targets by cluster, an agent once while it changes its tunnel', () => {
  const stand = new FleetStand();
  stand.join({ name: 'one', cluster: 'eu', instance: 'a' }).announce(announced(), announced({ id: 2, address: 'b:1' }));
  stand.join({ name: 'two', cluster: 'eu' }).announce(announced());
  stand.join({ name: 'one' }).announce(announced());
  stand.join({ name: 'one', cluster: 'eu', instance: 'b' });
  assert.deepEqual(
    [...census(stand.fleet.connections)],
    [
      ['eu', { agents: 2, targets: 1, leftOut: 0 }],
      ['', { agents: 1, targets: 1, leftOut: 1 }],
    ],
  );
});

test('counts what is announced and not served', () => {
  const stand = new FleetStand();
  stand.join({ name: 'owner', cluster: 'eu' }).announce(announced({ address: 'a:1' }));
  const thief = stand.join({ name: 'thief', cluster: 'us' }).announce(announced({ address: 'a:1' }));
  const leftOut = (): number | undefined => census(stand.fleet.connections).get('us')?.leftOut;
  assert.equal(leftOut(), 1);
  thief.change({ snapshot: false, add: [], remove: [1] });
  assert.equal(leftOut(), 0);
});
