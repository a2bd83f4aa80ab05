// What the objects of fixtures/kubernetes leave open; role.test.ts has those.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointSliceGroup } from '../../../src/discovery/kubernetes/endpointslice-role.ts';
import { slimEndpointSlice } from '../../../src/discovery/kubernetes/slim-objects.ts';
import { labelsOf, lookUps } from '../../support/kubernetes-look-ups.ts';

const NEVER_CHANGES = () => undefined;

const targetRef = { kind: 'Pod', namespace: 'shop', name: 'web-1' };

function slice(endpoint: Readonly<Record<string, unknown>>, port: Readonly<Record<string, unknown>> = { port: 80 }) {
  return slimEndpointSlice({
    metadata: { namespace: 'shop', name: 'web-x' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }],
    ports: [port],
  });
}

function pod(...containers: readonly unknown[]) {
  return { metadata: { namespace: 'shop', name: 'web-1' }, spec: { containers }, status: { podIP: '10.0.0.1' } };
}

test('leaves the port away where a slice stands for all ports', () => {
  const pods = [pod({ name: 'app', ports: [{ containerPort: 80 }] })];
  const group = endpointSliceGroup(slice({ targetRef }, { name: 'any' }), lookUps({ pods }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(group, '__address__', 'endpointslice_port', 'pod_container_name'), [
    ['10.0.0.1', undefined, undefined],
    ['10.0.0.1:80', undefined, 'app'],
  ]);
});

test('names the last of several containers that declare a port, and its first port of that number', () => {
  const ports = [
    { containerPort: 80, name: 'first' },
    { containerPort: 80, name: 'second' },
  ];
  const pods = [pod({ name: 'a', ports: [{ containerPort: 80, name: 'other' }] }, { name: 'b', ports }, { name: 'c' })];
  const group = endpointSliceGroup(slice({ targetRef }), lookUps({ pods }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(group, 'pod_container_name', 'pod_container_port_name'), [['b', 'first']]);
});

test('attaches the node that an endpoint is before the one that it names', () => {
  const nodes = ['a', 'b'].map((name) => ({ metadata: { name } }));
  const target = { kind: 'Node', name: 'b' };
  const is = endpointSliceGroup(slice({ nodeName: 'a', targetRef: target }), lookUps({ nodes }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(is, 'node_name', 'endpointslice_endpoint_node_name'), [['b', 'a']]);
  const runsOn = endpointSliceGroup(slice({ nodeName: 'a', targetRef }), lookUps({ nodes }), NEVER_CHANGES);
  assert.deepEqual(labelsOf(runsOn, 'node_name'), [['a']]);
});

test('tells the topology of old slices, and whether an endpoint serves only where somebody said so', () => {
  const endpoint = {
    deprecatedTopology: { 'topology.kubernetes.io/zone': 'eu-1a', empty: '' },
    conditions: { serving: false },
  };
  const group = endpointSliceGroup(slice(endpoint), lookUps(), NEVER_CHANGES);
  assert.deepEqual(
    labelsOf(
      group,
      'endpointslice_endpoint_topology_topology_kubernetes_io_zone',
      'endpointslice_endpoint_topology_present_topology_kubernetes_io_zone',
      'endpointslice_endpoint_topology_empty',
      'endpointslice_endpoint_topology_present_empty',
      'endpointslice_endpoint_conditions_serving',
      'endpointslice_endpoint_conditions_ready',
    ),
    [['eu-1a', 'true', undefined, 'true', 'false', undefined]],
  );
});
