// RBAC is what agents ask for, measured: each kind of agent, with the configuration that the chart gives it, finds and scrapes all that there
// is, while the API server and the kubelet grant what the chart's roles grant; and no role grants what is not asked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAgent } from '../support/agent.ts';
import { configurationOf, NAMESPACE, renderChart, type Values } from '../support/chart.ts';
import { eventually } from '../support/eventually.ts';
import { runKubernetesCluster } from '../support/kubernetes-cluster.ts';
import { named, ofKind, startedPods } from '../support/manifests.ts';
import { runProxy } from '../support/proxy.ts';
import { requireProgram } from '../support/real-program.ts';
import { granted, kubeletRight, pathRight, rightFor } from '../support/rights.ts';
import { scrape } from '../support/scraper.ts';
import { addresses, discover } from '../support/service-discovery.ts';
import { holdsForAll } from '../support/value-files.ts';

interface Variant {
  readonly values: Values;
  /** Of ConfigMap, account and pods. */
  readonly name: string;
  /** Targets that it finds in the cluster of the tests, its own metrics included. */
  readonly targets: number;
  readonly rights: readonly string[];
}

const KUBELETS = 3;

const VARIANTS: Readonly<Record<string, Variant>> = {
  'an agent on a node': {
    values: { file: 'daemonset-only' },
    name: 'pullway-agent',
    targets: 1 + 1 + KUBELETS,
    rights: ['list * /pods', 'watch * /pods', 'list * /nodes', 'watch * /nodes', 'get * /nodes/metrics'],
  },
  'an agent for what belongs to no node': {
    values: { file: 'cluster-level-only' },
    name: 'pullway-agent-cluster',
    targets: 1 + 2,
    rights: [
      ...['pods', 'services'].flatMap((name) => [`list * /${name}`, `watch * /${name}`]),
      'list * discovery.k8s.io/endpointslices',
      'watch * discovery.k8s.io/endpointslices',
      'get /metrics',
    ],
  },
  'an agent for all of a small cluster': {
    values: {
      file: 'small-cluster',
      set: ['agent.annotationPrefix="prometheus.io"', 'agent.kubelet.insecureSkipVerify=true'],
    },
    name: 'pullway-agent-cluster',
    targets: 1 + 1 + KUBELETS + 2,
    rights: [
      ...['pods', 'services', 'nodes'].flatMap((name) => [`list * /${name}`, `watch * /${name}`]),
      'list * discovery.k8s.io/endpointslices',
      'watch * discovery.k8s.io/endpointslices',
      'get * /nodes/metrics',
      'get /metrics',
    ],
  },
  'an agent for two namespaces': {
    values: { file: 'namespaced-agent' },
    name: 'pullway-agent-cluster',
    targets: 1 + 2,
    rights: ['shop', 'monitoring'].flatMap((namespace) =>
      ['/pods', '/services', 'discovery.k8s.io/endpointslices'].flatMap((resource) => [
        `list ${namespace} ${resource}`,
        `watch ${namespace} ${resource}`,
      ]),
    ),
  },
};

for (const [what, { values, name, targets, rights }] of Object.entries(VARIANTS)) {
  test(`${what} asks for exactly what it may ask for`, async (t) => {
    const helm = requireProgram(t, 'helm');
    const openssl = requireProgram(t, 'openssl');
    if (helm === undefined || openssl === undefined) return;
    const manifests = await renderChart(helm, values);
    const may = granted(manifests, NAMESPACE, name);
    const cluster = await runKubernetesCluster(t, openssl);
    cluster.api.grants.set(cluster.token, (call) => may.has(rightFor(call)));
    const proxy = await runProxy(t);
    const configFile = await cluster.configure(configurationOf(manifests, name));
    const agent = { proxies: [proxy.url], name: 'worker-1', flags: [`--config.file=${configFile}`] };
    await runAgent(t, { ...agent, env: { NODE_NAME: 'worker-1' } });

    const found = await eventually(
      async () => assert.equal(addresses(await discover(`${proxy.url}/sd`)).length, targets),
      {
        timeoutMs: 30_000,
      },
    ).then(() => discover(`${proxy.url}/sd`));
    for (const {
      targets: [address = ''],
      labels,
    } of found) {
      const path = labels['__metrics_path__'] ?? '/metrics';
      assert.equal((await scrape(proxy.port, `http://${address}${path}`)).status, 200, `${address}${path}`);
    }

    const asked = () =>
      new Set([
        ...cluster.api.calls.map(rightFor),
        ...cluster.apiRequests.map(pathRight),
        ...cluster.kubelet.requests.map(kubeletRight),
      ]);
    await eventually(() =>
      assert.deepEqual(
        [...may].filter((right) => !asked().has(right)),
        [],
        'granted and not asked for',
      ),
    );
    assert.deepEqual(
      [...asked()].filter((right) => !may.has(right)),
      [],
      'asked for and not granted',
    );
    // What both sides agree on is also what this test's author wants them to.
    assert.deepEqual([...may].toSorted(), rights.toSorted());
  });
}

holdsForAll(
  'each role is bound to the account of pods that there are, and is the role that the binding names',
  (manifests) => {
    const accounts = startedPods(manifests).map(({ spec, namespace }) => `${namespace}/${spec.serviceAccountName}`);
    const bindings = [...ofKind(manifests, 'ClusterRoleBinding'), ...ofKind(manifests, 'RoleBinding')];
    for (const { roleRef, subjects = [], metadata } of bindings) {
      assert.equal(subjects.length, 1, metadata.name);
      for (const { name, namespace } of subjects)
        assert.ok(accounts.includes(`${namespace}/${name}`), `${namespace}/${name}`);
      const kind = roleRef.kind === 'Role' ? 'Role' : 'ClusterRole';
      const roles = manifests.filter((manifest) => manifest.metadata.namespace === metadata.namespace);
      assert.ok((named(roles, kind, roleRef.name).rules ?? []).length > 0);
    }
    const roles = [...ofKind(manifests, 'ClusterRole'), ...ofKind(manifests, 'Role')];
    assert.equal(roles.length, bindings.length, 'a role that nobody has');
  },
);

test('a release for namespaces has no object outside of namespaces', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const manifests = await renderChart(helm, { file: 'namespaced-agent' });
  assert.deepEqual(
    manifests.filter(({ metadata }) => metadata.namespace === undefined),
    [],
  );
});

test('a job that no Role can serve is refused in namespaces', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const job = '{"job_name":"nodes","kubernetes_sd_configs":[{"role":"node"}]}';
  const set = [`agent.clusterLevel.extraScrapeConfigs=[${job}]`];
  await assert.rejects(renderChart(helm, { file: 'namespaced-agent', set }), /agent\.namespaces: a job asks for nodes/);
});

test('jobs of the user get what they need, and those with an API server of their own nothing', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const elsewhere =
    '{"job_name":"elsewhere","kubernetes_sd_configs":[{"role":"service","api_server":"https://10.0.0.1"}]}';
  const here =
    '{"job_name":"here","kubernetes_sd_configs":[{"role":"endpoints","attach_metadata":{"node":true}},{"role":"ingress"}]}';
  const set = [`agent.node.config={"scrape_configs":[${elsewhere},${here}]}`];
  const manifests = await renderChart(helm, { file: 'daemonset-only', set });
  const wanted = ['endpoints', 'nodes', 'pods', 'services'].flatMap((name) => [`list * /${name}`, `watch * /${name}`]);
  const ingresses = ['list', 'watch'].map((verb) => `${verb} * networking.k8s.io/ingresses`);
  assert.deepEqual(
    [...granted(manifests, NAMESPACE, 'pullway-agent')].toSorted(),
    [...wanted, ...ingresses].toSorted(),
  );
});
