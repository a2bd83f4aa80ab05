import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfigFile } from '../../src/config/config-file.ts';

const environment = { NODE_NAME: 'worker-1' };

function discoveries(text: string) {
  return parseConfigFile(
    `scrape_configs: [{job_name: a, kubernetes_sd_configs: [${text}]}]`,
    '/etc/agent.yml',
    environment,
  ).jobs[0]?.kubernetes_sd_configs;
}

test('reads what Prometheus reads, with the credentials of the own pod by default', () => {
  assert.deepEqual(discoveries('{role: pod}'), [
    {
      kind: 'kubernetes',
      role: 'pod',
      access: { kind: 'in-cluster' },
      namespaces: [],
      ownNamespace: false,
      selectors: {},
      attachNode: false,
    },
  ]);
  const text = `{role: endpoints, namespaces: {names: [a, b], own_namespace: true}, attach_metadata: {node: true},
    selectors: [{role: pod, field: 'spec.nodeName=$\{NODE_NAME}'}, {role: service, label: 'app=web,tier!=db'}]}`;
  const [full] = discoveries(text) ?? [];
  assert.deepEqual(full?.selectors, {
    pod: { label: '', field: 'spec.nodeName=worker-1' },
    service: { label: 'app=web,tier!=db', field: '' },
  });
  assert.deepEqual([full.namespaces, full.ownNamespace, full.attachNode], [['a', 'b'], true, true]);
});

test('reads where an API server is, and with which credentials', () => {
  const [byUrl] =
    discoveries('{role: node, api_server: "https://k8s:6443", bearer_token_file: t, tls_config: {ca_file: ca}}') ?? [];
  assert.equal(byUrl?.access.kind, 'url');
  assert.deepEqual(byUrl.access.kind === 'url' && [byUrl.access.credentials, byUrl.access.tls.caFile], [
    { kind: 'authorization', type: 'Bearer', credentials: { kind: 'file', file: '/etc/t' } },
    '/etc/ca',
  ]);
  const [byFile] = discoveries('{role: node, kubeconfig_file: kube/config}') ?? [];
  assert.deepEqual(byFile?.access, { kind: 'kubeconfig', file: '/etc/kube/config' });
});

const faults = [
  ['{}', /field role is missing|role: must be one of/],
  ['{role: gateway}', /role: must be one of pod, node/],
  ['{role: pod, api_server: x, kubeconfig_file: y}', /at most one of api_server and kubeconfig_file/],
  ['{role: pod, api_server: "k8s:6443"}', /api_server: "k8s:6443" is no URL/],
  ['{role: pod, authorization: {credentials: x}}', /authorization: needs api_server/],
  ['{role: pod, tls_config: {insecure_skip_verify: true}}', /tls_config: needs api_server/],
  [
    '{role: pod, api_server: "http://a", bearer_token: x, basic_auth: {username: y}}',
    /at most one of basic_auth and bearer_token/,
  ],
  ['{role: pod, api_server: "http://a", basic_auth: {username_file: y}}', /username_file: is not supported here/],
  [
    '{role: pod, api_server: "http://a", namespaces: {own_namespace: true}}',
    /own_namespace: works with the credentials/,
  ],
  ['{role: service, selectors: [{role: pod}]}', /role: role service looks at service only/],
  ['{role: pod, selectors: [{role: node}]}', /nodes are looked at only with attach_metadata/],
  ['{role: pod, selectors: [{role: pod}, {role: pod}]}', /pod is selected twice/],
  // These were said to be valid, and only the API server refused them.
  ['{role: pod, selectors: [{role: pod, label: "app in ("}]}', /label: ends where a comma or \) is expected/],
  ['{role: pod, selectors: [{role: pod, field: metadata.name}]}', /field: has "metadata.name" where a term/],
  [`{role: pod, selectors: [{role: pod, field: "$\{ABSENT}"}]}`, /environment variable ABSENT is not set/],
  ['{role: pod, proxy_url: x}', /proxy_url: has no meaning here/],
  ['{role: pod, oauth2: {}}', /oauth2: is not supported/],
  ['{role: pod, namespace: x}', /unknown field namespace; did you mean namespaces/],
] as const;

for (const [text, fault] of faults) {
  test(`refuses ${text}`, () => assert.throws(() => discoveries(text), fault));
}

test('attaches nodes to the roles whose targets have some', () => {
  for (const role of ['pod', 'endpoints', 'endpointslice', 'node', 'service', 'ingress']) {
    const [found] = discoveries(`{role: ${role}, attach_metadata: {node: true}}`) ?? [];
    assert.equal(found?.attachNode, /^(?:pod|endpoint)/.test(role), role);
  }
});
