import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finish } from '@pullway/shared/runtime/pace';
import type { TargetGroup } from '../../../src/discovery/target-group.ts';
import { ObjectCache } from '../../../src/discovery/kubernetes/object-cache.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../../src/discovery/kubernetes/objects.ts';
import { roleGroups, type AnyRoleGroups } from '../../../src/discovery/kubernetes/role.ts';
import { slimEndpointSlice, slimNode, slimPod, slimService } from '../../../src/discovery/kubernetes/slim-objects.ts';

const PODS = 20;
const NODES = 4;
const SLICES = 5;

/** Pods spread over nodes and slices; slice `i` belongs to service `i`. */
function cluster() {
  const caches = {
    pods: new ObjectCache<Pod>(),
    nodes: new ObjectCache<Node>(),
    services: new ObjectCache<Service>(),
    endpointSlices: new ObjectCache<EndpointSlice>(),
  };
  caches.pods.replaceAll(numbers(PODS).map((i) => pod(i)));
  caches.nodes.replaceAll(numbers(NODES).map((i) => node(i)));
  caches.services.replaceAll(numbers(SLICES).map((i) => service(i)));
  caches.endpointSlices.replaceAll(numbers(SLICES).map((i) => slice(i)));
  return caches;
}

function pod(i: number, labels: Readonly<Record<string, string>> = {}): Pod {
  return slimPod({
    metadata: { namespace: 'shop', name: `pod-${i}`, labels },
    spec: { nodeName: `node-${i % NODES}`, containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] },
    status: { podIP: `10.0.0.${i}` },
  });
}

function node(i: number, labels: Readonly<Record<string, string>> = {}): Node {
  return slimNode({ metadata: { name: `node-${i}`, labels } });
}

function service(i: number, labels: Readonly<Record<string, string>> = {}): Service {
  return slimService({ metadata: { namespace: 'shop', name: `service-${i}`, labels } });
}

function slice(i: number, pods = numbers(PODS).filter((pod) => pod % SLICES === i)): EndpointSlice {
  return slimEndpointSlice({
    metadata: { namespace: 'shop', name: `slice-${i}`, labels: { 'kubernetes.io/service-name': `service-${i}` } },
    endpoints: pods.map((pod) => ({
      addresses: [`10.0.0.${pod}`],
      nodeName: `node-${pod % NODES}`,
      targetRef: { kind: 'Pod', namespace: 'shop', name: `pod-${pod}` },
    })),
    ports: [{ port: 80 }],
  });
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function follow(groups: AnyRoleGroups) {
  let calls = 0;
  const stop = groups.follow(() => void calls++);
  finish(groups.takeChanges());
  return { stop, calls: () => calls };
}

function changedSources(groups: AnyRoleGroups): readonly string[] {
  return finish(groups.takeChanges())
    .map(({ source }) => source)
    .toSorted();
}

test('knows when all that there was at first has been made, though something has changed each time', () => {
  const caches = cluster();
  const groups = roleGroups('endpointslice', caches);
  groups.follow(() => undefined);
  const seen = numbers(SLICES).map((i) => {
    finish(groups.takeChanges(1));
    caches.services.set(service(0, { round: String(i) }));
    return groups.hasGivenFirst;
  });
  assert.deepEqual([seen, groups.hasChanges], [[...numbers(SLICES - 1).map(() => false), true], true]);
});

test('makes the groups of all objects first', () => {
  const caches = cluster();
  const groups = roleGroups('endpointslice', caches);
  assert.equal(groups.hasChanges, false);
  groups.follow(() => undefined);
  assert.equal(finish(groups.takeChanges()).length, SLICES);
  assert.equal(groups.hasChanges, false);
});

test('makes anew only what a change concerns', () => {
  const caches = cluster();
  const pods = roleGroups('pod', caches);
  const slices = roleGroups('endpointslice', caches);
  follow(pods);
  follow(slices);

  caches.pods.set(pod(7, { changed: 'yes' }));
  assert.deepEqual(changedSources(pods), ['pod/shop/pod-7']);
  assert.deepEqual(changedSources(slices), ['endpointslice/shop/slice-2']);

  caches.services.set(service(3, { changed: 'yes' }));
  assert.deepEqual(changedSources(pods), []);
  assert.deepEqual(changedSources(slices), ['endpointslice/shop/slice-3']);

  caches.nodes.set(node(1, { changed: 'yes' }));
  const onNode = numbers(PODS).filter((i) => i % NODES === 1);
  assert.deepEqual(changedSources(pods), onNode.map((i) => `pod/shop/pod-${i}`).toSorted());
  // Each slice has one of the five pods of that node.
  assert.equal(changedSources(slices).length, SLICES);
});

test('makes a group anew when an object comes that it looked for in vain', () => {
  const caches = cluster();
  caches.pods.delete('shop', 'pod-7');
  const groups = roleGroups('endpointslice', caches);
  follow(groups);
  caches.pods.set(pod(7));
  assert.deepEqual(changedSources(groups), ['endpointslice/shop/slice-2']);
});

test('forgets the pods that left a slice', () => {
  const caches = cluster();
  const groups = roleGroups('endpointslice', caches);
  follow(groups);
  caches.endpointSlices.set(slice(2, [12]));
  assert.deepEqual(changedSources(groups), ['endpointslice/shop/slice-2']);
  caches.pods.delete('shop', 'pod-7');
  assert.deepEqual(changedSources(groups), []);
});

test('gives a group without targets for an object that is gone', () => {
  const caches = cluster();
  const groups = roleGroups('endpointslice', caches);
  follow(groups);
  caches.endpointSlices.delete('shop', 'slice-2');
  assert.deepEqual(finish(groups.takeChanges()), [{ source: 'endpointslice/shop/slice-2', labels: {}, targets: [] }]);
  caches.pods.delete('shop', 'pod-7');
  assert.equal(groups.hasChanges, false);
});

test('makes one group of many changes, and no more at a time than it is asked for', () => {
  const caches = cluster();
  const groups = roleGroups('pod', caches);
  const { calls, stop } = follow(groups);
  for (const i of numbers(100)) caches.pods.set(pod(i % 3, { turn: String(i) }));
  assert.equal(calls(), 2, 'once for the beginning, once for the changes');
  assert.equal(finish(groups.takeChanges(2)).length, 2);
  assert.equal(groups.hasChanges, true);
  assert.equal(finish(groups.takeChanges(2)).length, 1);
  stop();
  caches.pods.set(pod(1));
  assert.equal(groups.hasChanges, false);
});

test('attaches no node that is not watched', () => {
  const { nodes: _nodes, ...caches } = cluster();
  const groups = roleGroups('pod', caches);
  groups.follow(() => undefined);
  for (const { labels } of finish(groups.takeChanges())) assert.equal(labels['__meta_kubernetes_node_name'], undefined);
});

// What had been looked up for the first time was not yet known as a dependency, and nobody made the group anew.
test('makes a group of one state, and once more when something changed while it was made', () => {
  const caches = cluster();
  const groups = roleGroups('endpointslice', caches);
  groups.follow(() => undefined);
  const zonesOf = (group: TargetGroup | undefined) =>
    group?.targets.map((target) => target['__meta_kubernetes_pod_label_zone']);
  const making = groups.takeChanges(1);
  // Two of the four pods of slice 0 have been looked up after that.
  for (let unit = 0; unit < 2; unit += 1) making.next();
  caches.pods.set(pod(0, { zone: 'b' }));
  caches.pods.set(pod(15, { zone: 'c' }));
  const [first] = finish(making);
  assert.deepEqual(zonesOf(first), [undefined, undefined, undefined, 'c']);
  for (const group of finish(groups.takeChanges()))
    if (group.source === first?.source) assert.deepEqual(zonesOf(group), ['b', undefined, undefined, 'c']);
  assert.equal(groups.hasChanges, false);
});

test('looks a pod up once for all of its ports, though it changes in between', () => {
  const caches = cluster();
  const two = slice(0, [0]);
  caches.endpointSlices.replaceAll([{ ...two, ports: [...two.ports, { ...two.ports[0]!, number: 81 }] }]);
  const groups = roleGroups('endpointslice', caches);
  groups.follow(() => undefined);
  const making = groups.takeChanges(1);
  making.next();
  caches.pods.set(pod(0, { changed: 'true' }));
  // One for each port, and none for a container's port that would seem to have no target yet.
  assert.equal(finish(making)[0]?.targets.length, 2);
});
