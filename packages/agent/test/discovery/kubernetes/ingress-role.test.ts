// What Prometheus' own tests of this role show (discovery/kubernetes/ingress_test.go), in cases of our own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ingressGroup } from '../../../src/discovery/kubernetes/ingress-role.ts';
import { slimIngress } from '../../../src/discovery/kubernetes/slim-objects.ts';
import { discover, standIn } from '../../support/kubernetes-discoverer.ts';
import { labelsOf } from '../../support/kubernetes-look-ups.ts';

function ingress(spec: Readonly<Record<string, unknown>>) {
  return { metadata: { namespace: 'shop', name: 'web', labels: { team: 'a' }, annotations: { 'x/y': '' } }, spec };
}

test('finds each path of each rule, by the host of the rule', () => {
  const rules = [
    { host: 'a.example.com', http: { paths: [{ path: '/cart' }, { path: '' }] } },
    { host: 'b.example.com' },
    { host: 'c.example.com', http: { paths: [] } },
    { http: { paths: [{ path: '/all' }] } },
  ];
  const group = ingressGroup(slimIngress(ingress({ ingressClassName: 'nginx', rules })));
  assert.deepEqual(labelsOf(group, '__address__', 'ingress_host', 'ingress_path', 'ingress_scheme'), [
    ['a.example.com', 'a.example.com', '/cart', 'http'],
    ['a.example.com', 'a.example.com', '/', 'http'],
    ['b.example.com', 'b.example.com', '/', 'http'],
    [undefined, undefined, '/all', 'http'],
  ]);
  assert.deepEqual(group.labels, {
    __meta_kubernetes_namespace: 'shop',
    __meta_kubernetes_ingress_class_name: 'nginx',
    __meta_kubernetes_ingress_name: 'web',
    __meta_kubernetes_ingress_label_team: 'a',
    __meta_kubernetes_ingress_labelpresent_team: 'true',
    __meta_kubernetes_ingress_annotationpresent_x_y: 'true',
  });
  assert.equal(group.source, 'ingress/shop/web');
});

test('speaks https to hosts for which there is TLS, a wildcard standing for one part', () => {
  const hosts = ['a.example.com', 'x.y.example.com', 'x.example.com', 'example.com', 'other.org'];
  const rules = hosts.map((host) => ({ host }));
  const tls = [{ hosts: ['other.org'] }, { hosts: ['*.example.com'] }, {}];
  const group = ingressGroup(slimIngress(ingress({ rules, tls })));
  assert.deepEqual(labelsOf(group, 'ingress_scheme').flat(), ['https', 'http', 'https', 'http', 'https']);
});

test('watches the ingresses of an API server', async (t) => {
  const { server, url } = await standIn(t);
  server.store.apply('ingresses', ingress({ rules: [{ host: 'a.example.com' }] }));
  const { discoverer } = await discover(t, { role: 'ingress', api_server: url });
  await discoverer.until(() => discoverer.targets[0]?.['__address__'] === 'a.example.com');
  server.store.remove('ingresses', 'shop', 'web');
  await discoverer.until(() => discoverer.targets.length === 0);
});
