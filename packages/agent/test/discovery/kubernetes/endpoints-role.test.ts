// What the objects of fixtures/kubernetes leave open; role.test.ts has those.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointsGroup } from '../../../src/discovery/kubernetes/endpoints-role.ts';
import { slimEndpoints } from '../../../src/discovery/kubernetes/slim-objects.ts';
import { labelsOf, lookUps } from '../../support/kubernetes-look-ups.ts';

const NEVER_CHANGES = () => undefined;

const metadata = { namespace: 'shop', name: 'web' };
const targetRef = { kind: 'Pod', namespace: 'shop', name: 'web-1' };

function endpoints(...subsets: readonly unknown[]) {
  return slimEndpoints({ metadata, subsets });
}

function pod(ports: readonly unknown[], podIP = '10.0.0.1') {
  return {
    metadata: { namespace: 'shop', name: 'web-1' },
    spec: { containers: [{ name: 'app', ports }] },
    status: { podIP },
  };
}

test('finds the ports that no subset names once each', () => {
  const all = [80, 81, 82].map((containerPort) => ({ containerPort }));
  const subsets = [80, 81].map((port) => ({ addresses: [{ ip: '10.0.0.1', targetRef }], ports: [{ port }] }));
  const group = endpointsGroup(endpoints(...subsets), lookUps({ pods: [pod(all)] }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(group, '__address__', 'endpoint_ready'), [
    ['10.0.0.1:80', 'true'],
    ['10.0.0.1:81', 'true'],
    ['10.0.0.1:82', undefined],
  ]);
});

test('finds no further ports of a pod without an IP address', () => {
  const subset = { notReadyAddresses: [{ ip: '10.0.0.1', targetRef }], ports: [{ port: 80 }] };
  const group = endpointsGroup(endpoints(subset), lookUps({ pods: [pod([{ containerPort: 81 }], '')] }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(group, '__address__', 'pod_name'), [['10.0.0.1:80', 'web-1']]);
});

test('says the protocol of the endpoint where that of the container differs', () => {
  const subset = { addresses: [{ ip: '10.0.0.1', targetRef }], ports: [{ port: 53, protocol: 'TCP' }] };
  const group = endpointsGroup(
    endpoints(subset),
    lookUps({ pods: [pod([{ containerPort: 53, protocol: 'UDP' }])] }),
    NEVER_CHANGES,
  );
  assert.deepEqual(labelsOf(group, 'pod_container_port_protocol'), [['TCP']]);
});

test('attaches the node that an address names before the one that it is', () => {
  const nodes = ['a', 'b'].map((name) => ({ metadata: { name } }));
  const addresses = [
    { ip: '10.0.0.1', targetRef: { kind: 'Node', name: 'b' } },
    { ip: '10.0.0.2', nodeName: 'a', targetRef: { kind: 'Node', name: 'b' } },
    { ip: '10.0.0.3' },
  ];
  const group = endpointsGroup(endpoints({ addresses, ports: [{ port: 80 }] }), lookUps({ nodes }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(group, 'node_name'), [['b'], ['a'], [undefined]]);
});

test('takes labels from the service of the same name and namespace only', () => {
  const service = { metadata: { ...metadata, labels: { tier: 'front' } } };
  const elsewhere = { metadata: { ...metadata, namespace: 'other', labels: { tier: 'back' } } };
  const subset = { addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] };
  const found = endpointsGroup(endpoints(subset), lookUps({ services: [elsewhere, service] }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(found, 'service_name', 'service_label_tier'), [['web', 'front']]);
  const alone = endpointsGroup(endpoints(subset), lookUps({ services: [elsewhere] }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(alone, 'service_name', 'endpoints_name'), [[undefined, 'web']]);
});
