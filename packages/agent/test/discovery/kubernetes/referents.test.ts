import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finish } from '@pullway/shared/runtime/pace';
import { groupTargets } from '../../../src/discovery/group-targets.ts';
import { endpointsGroup } from '../../../src/discovery/kubernetes/endpoints-role.ts';
import { endpointSliceGroup } from '../../../src/discovery/kubernetes/endpointslice-role.ts';
import { slimEndpoints, slimEndpointSlice } from '../../../src/discovery/kubernetes/slim-objects.ts';
import type { TargetGroup } from '../../../src/discovery/target-group.ts';
import { arrangeTargets } from '../../../src/targets/arrangement.ts';
import { Exporters } from '../../../src/targets/exporters.ts';
import { lookUps } from '../../support/kubernetes-look-ups.ts';
import { job } from '../../support/targets.ts';

interface Address {
  readonly ip: string;
  readonly target?: { readonly kind: string; readonly namespace?: string; readonly name: string };
}

const metadata = { namespace: 'a', name: 'web' };

function endpoints(addresses: readonly Address[], pods: readonly unknown[] = []): TargetGroup {
  const found = slimEndpoints({
    metadata,
    subsets: [{ addresses: addresses.map(({ ip, target }) => ({ ip, targetRef: target })), ports: [{ port: 80 }] }],
  });
  return finish(endpointsGroup(found, lookUps({ pods }), () => found));
}

function slice(addresses: readonly Address[], pods: readonly unknown[] = []): TargetGroup {
  const found = slimEndpointSlice({
    metadata,
    endpoints: addresses.map(({ ip, target }) => ({ addresses: [ip], targetRef: target })),
    ports: [{ port: 80 }],
  });
  return finish(endpointSliceGroup(found, lookUps({ pods }), () => found));
}

function pod(namespace: string, name: string, podIP: string) {
  return { metadata: { namespace, name }, spec: { containers: [] }, status: { podIP } };
}

/** What is announced of `groups`; none of it may be left out. */
function addressesOf(...groups: readonly TargetGroup[]): readonly string[] {
  const exporters = new Exporters(() => 0);
  const context = {
    job: job(),
    identity: { name: 'client', cluster: '' },
    find: (description: Parameters<Exporters['find']>[0]) => exporters.find(description),
  };
  const { byAddress, refused } = finish(arrangeTargets(groups.flatMap((group) => groupTargets(group, context).kept)));
  assert.deepEqual(refused, []);
  return [...byAddress.keys()];
}

for (const [kind, groupOf] of [
  ['Endpoints', endpoints],
  ['EndpointSlice', slice],
] as const) {
  const podAt = (ip: string, namespace: string | undefined, name = 'p'): Address => ({
    ip,
    target: { kind: 'Pod', name, ...(namespace === undefined ? {} : { namespace }) },
  });

  // The bug: a pod was named by the namespace of the Endpoints, and so one of another namespace took the name of one of this.
  test(`${kind}: pods of one name in two namespaces have two addresses`, () => {
    const found = [podAt('10.1.0.1', 'a'), podAt('10.1.0.2', 'b')];
    const known = groupOf(found, [pod('a', 'p', '10.1.0.1'), pod('b', 'p', '10.1.0.2')]);
    assert.deepEqual(addressesOf(known), ['p.a.pod:80', 'p.b.pod:80']);
    assert.deepEqual(addressesOf(groupOf([podAt('10.1.0.2', 'b')])), ['p.b.pod:80']);
  });

  // The bug: both addresses got the name of the node, and the second was left out as a conflict.
  test(`${kind}: several addresses of one node, or of a pod that is not known, keep their IPs`, () => {
    const node = { kind: 'Node', name: 'n1' };
    const two = [
      { ip: '10.0.0.1', target: node },
      { ip: '172.16.0.1', target: node },
    ];
    assert.deepEqual(addressesOf(groupOf(two)), ['10.0.0.1:80', '172.16.0.1:80']);
    assert.deepEqual(addressesOf(groupOf(two.slice(0, 1))), ['n1.node:80']);
    assert.deepEqual(addressesOf(groupOf([podAt('10.1.0.1', 'a')]), groupOf([podAt('fd00::1', 'a')])), [
      'p.a.pod:80',
      '[fd00::1]:80',
    ]);
  });

  test(`${kind}: a reference without a namespace means that of the ${kind}`, () => {
    assert.deepEqual(addressesOf(groupOf([podAt('10.1.0.1', undefined)])), ['p.a.pod:80']);
  });

  test(`${kind}: each of two pods of one name has its own address`, () => {
    const { objects } = groupOf([podAt('10.1.0.1', 'a')], [pod('a', 'p', '10.1.0.1')]);
    assert.deepEqual([objects?.podHolds('p', '10.1.0.1'), objects?.podHolds('p', '10.1.0.2')], [true, false]);
  });
}
