import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetAddress } from '../../src/targets/address.ts';
import { objectHost } from '../../src/targets/object-host.ts';
import { discover } from '../support/kubernetes-discovery.ts';
import type { RecordedRole } from '../support/kubernetes-objects.ts';

const META = '__meta_kubernetes_';

interface Case {
  readonly title: string;
  readonly host: string;
  readonly found: Readonly<Record<string, string>>;
  readonly expected: string;
}

const pod = {
  __address__: '10.42.0.5:8080',
  [`${META}namespace`]: 'shop',
  [`${META}pod_name`]: 'web-1',
  [`${META}pod_ip`]: '10.42.0.5',
};
const service = {
  __address__: 'web.shop.svc:80',
  [`${META}namespace`]: 'shop',
  [`${META}service_name`]: 'web',
};
const node = { __address__: '10.0.0.11:10250', [`${META}node_name`]: 'worker-1' };
const unknownPod = {
  __address__: '10.42.0.5:8080',
  [`${META}namespace`]: 'shop',
  [`${META}service_name`]: 'web',
  [`${META}endpointslice_address_target_kind`]: 'Pod',
  [`${META}endpointslice_address_target_name`]: 'web-1',
};
const nodeEndpoint = {
  __address__: '10.0.0.11:10250',
  [`${META}namespace`]: 'kube-system',
  [`${META}endpoint_address_target_kind`]: 'Node',
  [`${META}endpoint_address_target_name`]: 'worker-1',
};
const bareEndpoint = {
  __address__: '192.0.2.10:5432',
  [`${META}namespace`]: 'shop',
  [`${META}service_name`]: 'external-db',
  [`${META}node_name`]: 'worker-1',
};

const cases: readonly Case[] = [
  { title: 'names a pod', host: '10.42.0.5', found: pod, expected: 'web-1.shop.pod' },
  {
    title: 'names a pod that was found without a port',
    host: '10.42.0.5',
    found: { ...pod, __address__: '10.42.0.5' },
    expected: 'web-1.shop.pod',
  },
  {
    title: 'names a pod by its IPv6 address',
    host: 'fd00::10',
    found: { ...pod, __address__: '[fd00::10]:8080', [`${META}pod_ip`]: 'fd00::10' },
    expected: 'web-1.shop.pod',
  },
  {
    title: 'names an IPv6 pod that was found without a port',
    host: 'fd00::10',
    found: { ...pod, __address__: 'fd00::10', [`${META}pod_ip`]: 'fd00::10' },
    expected: 'web-1.shop.pod',
  },
  {
    title: 'names a pod, not the node on which it runs',
    host: '10.42.0.5',
    found: { ...pod, [`${META}node_name`]: 'worker-1' },
    expected: 'web-1.shop.pod',
  },
  {
    title: 'names a pod behind a service',
    host: '10.42.0.5',
    found: { ...unknownPod, ...pod },
    expected: 'web-1.shop.pod',
  },
  {
    title: 'names a pod behind a service of which only the endpoint tells',
    host: '10.42.0.5',
    found: unknownPod,
    expected: 'web-1.shop.pod',
  },
  {
    title: 'keeps the second IP address of a pod',
    host: 'fd00::6',
    found: { ...pod, __address__: '[fd00::6]:8080' },
    expected: 'fd00::6',
  },
  { title: 'keeps what relabelling put in place of a pod', host: '10.0.0.11', found: pod, expected: '10.0.0.11' },
  { title: 'names a service', host: 'web.shop.svc', found: service, expected: 'web.shop.svc' },
  { title: 'keeps the IP address of a service', host: '10.96.0.68', found: service, expected: '10.96.0.68' },
  { title: 'names a node', host: '10.0.0.11', found: node, expected: 'worker-1.node' },
  { title: 'names a node behind an endpoint', host: '10.0.0.11', found: nodeEndpoint, expected: 'worker-1.node' },
  {
    title: 'keeps an endpoint behind which no object is known',
    host: '192.0.2.10',
    found: bareEndpoint,
    expected: '192.0.2.10',
  },
  {
    title: 'keeps the API server through which nodes are scraped',
    host: 'kubernetes.default.svc',
    found: node,
    expected: 'kubernetes.default.svc',
  },
  { title: 'keeps a host that was written down', host: 'db', found: { __address__: 'db:9187' }, expected: 'db' },
];

/** As for objects of whatever name in the namespace of the tests. */
const inShop = { namespaceOf: () => 'shop' };

for (const { title, host, found, expected } of cases) {
  test(title, () => assert.equal(objectHost(host, new Map(Object.entries(found)), inShop), expected));
}

test('names a pod by its own namespace, wherever the Endpoints are that refer to it', () => {
  const found = new Map(Object.entries(pod));
  assert.equal(objectHost('10.42.0.5', found, { namespaceOf: () => 'other' }), 'web-1.other.pod');
});

test('keeps the IP address of a pod or node that cannot be known by it', () => {
  const nothing = { namespaceOf: () => undefined };
  for (const found of [unknownPod, nodeEndpoint]) {
    const [host = ''] = found['__address__'].split(':');
    assert.equal(objectHost(host, new Map(Object.entries(found)), nothing), host);
  }
});

const addresses: readonly (readonly [RecordedRole, string, string])[] = [
  ['pod', '10.42.0.5:9102', 'web-5d4f8c-abcde.shop.pod.prod-eu:9102'],
  ['pod', '[fd00::10]:8080', 'six-0.shop.pod.prod-eu:8080'],
  ['endpoints', '10.42.0.5:9102', 'web-5d4f8c-abcde.shop.pod.prod-eu:9102'],
  ['endpointslice', '[fd00::10]:8080', 'six-0.shop.pod.prod-eu:8080'],
  ['endpointslice', '[fd00::11]:8080', 'fd00--11.prod-eu:8080'],
  ['endpointslice', 'a.example.test:443', 'a.example.test.prod-eu:443'],
  ['endpointslice', '192.0.2.10:9187', '192-0-2-10.prod-eu:9187'],
  ['service', 'web.shop.svc:80', 'web.shop.svc.prod-eu:80'],
  ['node', '10.0.0.11:10250', 'worker-1.node.prod-eu:10250'],
];

for (const [role, address, expected] of addresses) {
  test(`scrapers know ${address} of role ${role} as ${expected}`, () => {
    const found = discover({ role, selectors: [] })
      .flatMap(({ labels, targets, objects }) =>
        targets.map((target) => ({ labels: { ...labels, ...target }, objects })),
      )
      .filter(({ labels }) => labels['__address__'] === address);
    assert.ok(found.length > 0);
    const [, host = '', port] = /^(.*):(\d+)$/.exec(address) ?? [];
    for (const { labels, objects } of found) {
      const name = objectHost(host.replaceAll(/[[\]]/g, ''), new Map(Object.entries(labels)), objects);
      assert.equal(targetAddress(name, Number(port), { name: 'client', cluster: 'prod-eu' }), expected);
    }
  });
}
