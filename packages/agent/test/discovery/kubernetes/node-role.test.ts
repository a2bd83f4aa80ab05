import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeGroup } from '../../../src/discovery/kubernetes/node-role.ts';
import { slimNode } from '../../../src/discovery/kubernetes/slim-objects.ts';
import { labelsOf } from '../../support/kubernetes-look-ups.ts';

const TYPES = ['InternalIP', 'InternalDNS', 'ExternalIP', 'ExternalDNS', 'LegacyHostIP', 'Hostname'];

function node(types: readonly string[]) {
  const addresses = types.map((type, index) => ({ type, address: `host-${type}-${index}` }));
  return slimNode({ metadata: { name: 'worker' }, status: { addresses } });
}

test('scrapes a node at the best of its addresses', () => {
  for (const [rank, type] of TYPES.entries()) {
    const types = TYPES.slice(rank).toReversed();
    assert.deepEqual(labelsOf(nodeGroup(node(types)), '__address__'), [[`host-${type}-${types.length - 1}:0`]]);
  }
});

test('takes the first of several addresses of one type', () => {
  const group = nodeGroup(node(['InternalIP', 'InternalIP']));
  assert.deepEqual(labelsOf(group, '__address__', 'node_address_InternalIP'), [
    ['host-InternalIP-0:0', 'host-InternalIP-0'],
  ]);
});

test('finds nothing to scrape in a node without an address of a known type', () => {
  for (const types of [[], ['Carrier']]) {
    assert.deepEqual(nodeGroup(node(types)), { source: 'node/worker', labels: {}, targets: [] });
  }
});
