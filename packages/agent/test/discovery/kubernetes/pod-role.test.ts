// What the objects of fixtures/kubernetes leave open; role.test.ts has those.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podGroup } from '../../../src/discovery/kubernetes/pod-role.ts';
import { slimPod } from '../../../src/discovery/kubernetes/slim-objects.ts';
import { labelsOf, lookUps } from '../../support/kubernetes-look-ups.ts';

const metadata = { namespace: 'shop', name: 'web-1' };

test('finds nothing to scrape in a pod without an IP address', () => {
  const pod = slimPod({ metadata, spec: { containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] } });
  assert.deepEqual(podGroup(pod, lookUps()), { source: 'pod/shop/web-1', labels: {}, targets: [] });
});

test('names what made the pod', () => {
  const ownerReferences = [{ kind: 'ReplicaSet', name: 'web', controller: true }];
  const pod = slimPod({
    metadata: { ...metadata, ownerReferences },
    spec: { containers: [{ name: 'app' }] },
    status: { podIP: 'fd00::1' },
  });
  const found = labelsOf(podGroup(pod, lookUps()), '__address__', 'pod_controller_kind', 'pod_controller_name');
  assert.deepEqual(found, [['fd00::1', 'ReplicaSet', 'web']]);
});

test('adds nothing of a node that is not known', () => {
  const pod = slimPod({
    metadata,
    spec: { nodeName: 'a', containers: [{ name: 'app' }] },
    status: { podIP: '10.0.0.1' },
  });
  const group = podGroup(pod, lookUps({ nodes: [{ metadata: { name: 'b' } }] }));
  assert.deepEqual(labelsOf(group, 'pod_node_name', 'node_name'), [['a', undefined]]);
});
