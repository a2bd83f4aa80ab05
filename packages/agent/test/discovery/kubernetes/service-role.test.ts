import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceGroup } from '../../../src/discovery/kubernetes/service-role.ts';
import { slimService } from '../../../src/discovery/kubernetes/slim-objects.ts';
import { labelsOf } from '../../support/kubernetes-look-ups.ts';

function service(spec: Readonly<Record<string, unknown>>) {
  return slimService({
    metadata: { namespace: 'shop', name: 'web' },
    spec: { clusterIP: '10.96.0.1', ports: [{ port: 80 }], ...spec },
    status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } },
  });
}

test('tells the address that was asked for a load balancer', () => {
  const names = ['service_loadbalancer_ip', 'service_cluster_ip'];
  const asked = serviceGroup(service({ type: 'LoadBalancer', loadBalancerIP: '198.51.100.1' }));
  assert.deepEqual(labelsOf(asked, ...names), [['198.51.100.1', '10.96.0.1']]);
  const given = serviceGroup(service({ type: 'LoadBalancer' }));
  assert.deepEqual(labelsOf(given, ...names), [[undefined, '10.96.0.1']]);
  const other = serviceGroup(service({ type: 'ClusterIP', loadBalancerIP: '198.51.100.1' }));
  assert.deepEqual(labelsOf(other, ...names), [[undefined, '10.96.0.1']]);
});

test('finds nothing to scrape in a service without ports', () => {
  assert.deepEqual(serviceGroup(service({ type: 'ExternalName', ports: undefined })).targets, []);
});
