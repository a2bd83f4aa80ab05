import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finish } from '@pullway/shared/runtime/pace';
import { groupTargets } from '../../../src/discovery/group-targets.ts';
import { ObjectCache } from '../../../src/discovery/kubernetes/object-cache.ts';
import type { Endpoints, EndpointSlice, Pod } from '../../../src/discovery/kubernetes/objects.ts';
import { PodAddresses } from '../../../src/discovery/kubernetes/pod-addresses.ts';
import { roleGroups, type ObjectCaches, type Role } from '../../../src/discovery/kubernetes/role.ts';
import { slimEndpoints, slimEndpointSlice, slimPod } from '../../../src/discovery/kubernetes/slim-objects.ts';
import { Exporters } from '../../../src/targets/exporters.ts';
import { TargetSet } from '../../../src/targets/target-set.ts';
import { job } from '../../support/targets.ts';

interface PodFields {
  readonly ip?: string;
  readonly hostNetwork?: boolean;
  readonly phase?: string;
  readonly created?: string;
}

function pod(name: string, { ip = '10.0.0.7', hostNetwork = false, phase = 'Running', created }: PodFields = {}): Pod {
  return slimPod({
    metadata: { namespace: 'shop', name, creationTimestamp: created },
    spec: { hostNetwork, containers: [{ name: 'main', ports: [{ containerPort: 80 }] }] },
    status: { phase, podIP: ip },
  });
}

function known(...pods: readonly Pod[]) {
  const cache = new ObjectCache<Pod>();
  cache.replaceAll(pods);
  const addresses = new PodAddresses(cache);
  return { cache, holds: (name: string, ip = '10.0.0.7') => addresses.holds({ namespace: 'shop', name }, ip) };
}

test('a pod has the address of its status while it runs', () => {
  const { cache, holds } = known(pod('web-1'));
  assert.equal(holds('web-1'), true);
  assert.equal(holds('web-1', '10.0.0.8'), false);
  assert.equal(holds('web-2'), false);
  cache.set(pod('web-1', { ip: '10.0.0.8' }));
  assert.equal(holds('web-1'), false);
  assert.equal(holds('web-1', '10.0.0.8'), true);
  cache.delete('shop', 'web-1');
  assert.equal(holds('web-1', '10.0.0.8'), false);
});

for (const phase of ['Succeeded', 'Failed']) {
  test(`a pod that has ${phase.toLowerCase()} has no address, though its status keeps it`, () => {
    const { cache, holds } = known(pod('web-1', { phase }));
    assert.equal(holds('web-1'), false);
    cache.set(pod('web-2'));
    assert.equal(holds('web-2'), true);
  });
}

test('a pod that got an address later has it, while the one before is still on its way out', () => {
  const { cache, holds } = known(pod('web-1', { created: '2026-01-01T00:00:00Z' }));
  cache.set(pod('web-2', { created: '2026-01-01T00:01:00Z' }));
  assert.deepEqual([holds('web-1'), holds('web-2')], [false, true]);
  // An update of the one that goes does not give it back.
  cache.set(pod('web-1', { created: '2026-01-01T00:00:00Z', phase: 'Unknown' }));
  assert.deepEqual([holds('web-1'), holds('web-2')], [false, true]);
  cache.delete('shop', 'web-2');
  assert.equal(holds('web-1'), true);
});

test('the younger of two pods has the address, in whatever order they are listed', () => {
  const [old, young] = [pod('b', { created: '2026-01-01T00:00:00Z' }), pod('a', { created: '2026-01-01T00:01:00Z' })];
  for (const pods of [
    [old, young],
    [young, old],
  ]) {
    const { holds } = known(...pods);
    assert.deepEqual([holds('a'), holds('b')], [true, false]);
  }
});

// The younger one counted, though the address had left it: with its node started anew, the samples of one pod went under the other's name.
test('a pod that gets an address now has it, however old it is', () => {
  const [old, young] = [{ created: '2026-01-01T00:00:00Z' }, { created: '2026-01-01T00:01:00Z' }];
  const { cache, holds } = known(pod('web-1', { ...old, ip: '' }), pod('web-2', young));
  cache.set(pod('web-1', old));
  assert.deepEqual([holds('web-1'), holds('web-2')], [true, false]);
  cache.set(pod('web-2', { ...young, phase: 'Unknown' }));
  assert.deepEqual([holds('web-1'), holds('web-2')], [true, false]);
  cache.set(pod('web-2', { ...young, ip: '10.0.0.8' }));
  assert.deepEqual([holds('web-1'), holds('web-2', '10.0.0.8')], [true, true]);
});

test('of two pods that are as old the one that got the address last has it, whatever is told of the other', () => {
  const { cache, holds } = known(pod('web-1'));
  cache.set(pod('web-2'));
  cache.set(pod('web-1', { phase: 'Unknown' }));
  assert.deepEqual([holds('web-1'), holds('web-2')], [false, true]);
});

test('pods on the network of their node share its address', () => {
  const { cache, holds } = known(pod('web-1', { hostNetwork: true }), pod('web-2', { hostNetwork: true }));
  assert.deepEqual([holds('web-1'), holds('web-2')], [true, true]);
  cache.delete('shop', 'web-1');
  assert.deepEqual([holds('web-1'), holds('web-2')], [false, true]);
});

const slice = (name: string, ip = '10.0.0.7'): EndpointSlice =>
  slimEndpointSlice({
    metadata: { namespace: 'shop', name: 'web-x' },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ip], targetRef: { kind: 'Pod', namespace: 'shop', name } }],
    ports: [{ port: 80 }],
  });

const endpoints = (name: string, ip = '10.0.0.7'): Endpoints =>
  slimEndpoints({
    metadata: { namespace: 'shop', name: 'web' },
    subsets: [{ addresses: [{ ip, targetRef: { kind: 'Pod', namespace: 'shop', name } }], ports: [{ port: 80 }] }],
  });

/** The targets that `role` makes of `caches` now; they are not made anew. */
function targetsOf(role: Role, caches: ObjectCaches) {
  const groups = roleGroups(role, caches);
  groups.follow(() => undefined);
  const context = {
    job: job(),
    identity: { name: 'client', cluster: '' },
    find: (description: Parameters<Exporters['find']>[0]) => new Exporters(() => 0).find(description),
  };
  const set = new TargetSet();
  set.replace(finish(groups.takeChanges()).flatMap((group) => groupTargets(group, context).kept));
  return () => set.admit('web-1.shop.pod:80', '/metrics').kind;
}

/** Each role that names pods, with the caches that it has, and those of an agent that may not list pods. */
const NAMING_PODS = [
  ['pod', () => ({ pods: new ObjectCache<Pod>() })],
  ['endpointslice', () => ({ pods: new ObjectCache<Pod>(), endpointSlices: new ObjectCache<EndpointSlice>() })],
  ['endpoints', () => ({ pods: new ObjectCache<Pod>(), endpoints: new ObjectCache<Endpoints>() })],
  ['endpointslice', () => ({ endpointSlices: new ObjectCache<EndpointSlice>() })],
  ['endpoints', () => ({ endpoints: new ObjectCache<Endpoints>() })],
] as const satisfies readonly (readonly [Role, () => ObjectCaches])[];

for (const [role, create] of NAMING_PODS) {
  const caches: ObjectCaches = create();
  const title = `role ${role}${caches.pods === undefined ? ' without pods' : ''}`;
  // The bug: until the batch of changes was taken, 250 ms later, a scrape by the old name was answered by the pod that had the address by then.
  test(`${title}: a scrape by the name of a pod that lost its address is refused before its target is made anew`, () => {
    caches.pods?.set(pod('web-1'));
    caches.endpointSlices?.set(slice('web-1'));
    caches.endpoints?.set(endpoints('web-1'));
    const admit = targetsOf(role, caches);
    assert.equal(admit(), 'admitted');
    if (caches.pods !== undefined) {
      caches.pods.delete('shop', 'web-1');
      caches.pods.set(pod('web-2'));
    } else {
      caches.endpointSlices?.set(slice('web-2'));
      caches.endpoints?.set(endpoints('web-2'));
    }
    assert.equal(admit(), 'unknown_target');
  });
}
