import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  slimEndpoints,
  slimEndpointSlice,
  slimNode,
  slimPod,
  slimService,
} from '../../../src/discovery/kubernetes/slim-objects.ts';
import { rawObjects } from '../../support/kubernetes-objects.ts';

const slims = [slimPod, slimNode, slimService, slimEndpoints, slimEndpointSlice];

test('throws on nothing', () => {
  const odd = { metadata: 7, spec: [null], status: 'x', subsets: [null, 7], endpoints: [null], ports: [[]] };
  for (const slim of slims) {
    for (const raw of [undefined, null, 7, 'text', [], {}, odd, { subsets: null, endpoints: null, ports: null }]) {
      const { namespace, name } = slim(raw);
      assert.deepEqual([namespace, name], ['', '']);
    }
  }
});

test('throws on no object that lost any of its parts', () => {
  for (const kind of ['pod', 'node', 'service', 'endpoints', 'endpointslice'] as const) {
    const all = rawObjects(kind);
    for (const raw of all.flatMap(mutilations)) for (const slim of slims) slim(raw);
  }
});

test('keeps of a pod what labels are made of', () => {
  const raw = rawObjects('pod').find((raw) => slimPod(raw).name === 'web-5d4f8c-abcde');
  const { labels, annotations, containers, ...rest } = slimPod(raw);
  assert.deepEqual(rest, {
    namespace: 'shop',
    name: 'web-5d4f8c-abcde',
    createdAt: Date.parse('2026-11-22T08:10:22Z') / 1000,
    uid: '877a1937-3807-4871-bb3d-ab632d1de564',
    controller: undefined,
    nodeName: 'worker-1',
    phase: 'Running',
    podIp: '10.42.0.5',
    hostIp: '10.0.0.11',
    isOnHostNetwork: false,
    ready: 'true',
  });
  assert.equal(labels['app.kubernetes.io/name'], 'web');
  assert.equal(annotations['prometheus.io/port'], '9102');
  assert.deepEqual(
    containers.map(({ name, id, isInit }) => [name, id, isInit]),
    [
      ['app', 'containerd://aaa', false],
      ['sidecar', 'containerd://bbb', false],
      ['init-db', 'containerd://ini', true],
      ['mesh', 'containerd://mesh', true],
    ],
  );
});

test('knows the controller of a pod among its owners', () => {
  const ownerReferences = [
    { kind: 'Application', name: 'shop', controller: false },
    { kind: 'ReplicaSet', name: 'web-5d4f8c', controller: true },
    { kind: 'Job', name: 'late', controller: true },
  ];
  assert.deepEqual(slimPod({ metadata: { ownerReferences } }).controller, { kind: 'ReplicaSet', name: 'web-5d4f8c' });
  assert.equal(slimPod({ metadata: { ownerReferences: ownerReferences.slice(0, 1) } }).controller, undefined);
});

test('takes a pod without the condition Ready for one of which nobody knows', () => {
  assert.equal(slimPod({ status: { conditions: [{ type: 'Initialized', status: 'True' }] } }).ready, 'unknown');
  assert.equal(slimPod({ status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }).ready, 'unknown');
});

/** `value` without one of its parts, or with a number in place of it, at any depth. */
function* mutilations(value: unknown): Generator {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    for (const other of [undefined, null, 7, ...mutilations(part)]) {
      yield Array.isArray(value)
        ? value.map((item, index) => (String(index) === key ? other : item))
        : { ...value, [key]: other };
    }
  }
}
