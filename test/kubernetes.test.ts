// The default configuration for Kubernetes, from an API server over agent and proxy to a real Prometheus that has no credentials at all.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { encodeRequest } from '@pullway/shared/protocol/encode';
import { runAgent, type RunningAgent } from './support/agent.ts';
import { configurationOf, renderChart } from './support/chart.ts';
import { eventually } from './support/eventually.ts';
import { runKubernetesCluster, type KubernetesCluster } from './support/kubernetes-cluster.ts';
import { runPrometheus, type PrometheusTarget } from './support/prometheus.ts';
import { runProxy, type RunningProxy } from './support/proxy.ts';
import { requireProgram } from './support/real-program.ts';
import { startRogueProxy, welcomeFrame, type RogueProxy } from './support/rogue-proxy.ts';
import { hasHead, rawExchange } from './support/scraper.ts';
import { addresses, discover } from './support/service-discovery.ts';

/** All that the default configuration finds in the cluster of the tests, and the agent itself. */
const TARGETS = 7;

const WINDOW = 65_536;

/** What a kubelet does for whoever has the token of the agent; and ways to write it that servers may take for the same. */
const COMMANDS = [
  '/exec/shop/web-1/main?command=id',
  '/run/shop/web-1/main',
  '/pods',
  '/metrics/../exec/shop/web-1/main',
  '/metrics/cadvisor/../../exec/shop/web-1/main',
  '/metrics/%2e%2e/exec/shop/web-1/main',
  '/metrics/..%2fexec/shop/web-1/main',
  '/metrics/',
  '//exec/shop/web-1/main',
  '/exec',
];

interface Scene {
  readonly cluster: KubernetesCluster;
  readonly proxy: RunningProxy;
  readonly agent: RunningAgent;
  readonly rogue: RogueProxy;
  /** Of the kubelet, for scrapers. */
  readonly kubeletAddress: string;
}

test('Prometheus gets pods, services, kubelets and API servers with the labels that it would have found itself', async (t) => {
  const prometheusPath = requireProgram(t, 'prometheus');
  const scene = await startScene(t);
  if (prometheusPath === undefined || scene === undefined) return;
  const { cluster, proxy, agent } = scene;
  const prometheus = await runPrometheus(
    t,
    prometheusPath,
    `
  - job_name: pullway
    proxy_url: ${proxy.url}
    http_sd_configs: [{ url: '${proxy.url}/sd', refresh_interval: 1s }]
`,
  );
  await eventually(
    async () => {
      const targets = await prometheus.targets();
      assert.equal(targets.length, TARGETS);
      for (const target of targets) assert.equal(target.health, 'up', `${target.scrapeUrl}: ${target.lastError}`);
    },
    { timeoutMs: 60_000 },
  );
  const targets = await prometheus.targets();
  const node = { cluster: 'prod-eu', node: 'worker-1', instance: 'worker-1', zone: 'eu-1a' };
  const web = `web-1.shop.pod.prod-eu:${cluster.web.port}`;
  const db = `db-0.shop.pod.prod-eu:${cluster.db.port}`;
  const pod = { cluster: 'prod-eu', namespace: 'shop', node: 'worker-1' };
  assert.deepEqual(labelsByJob(targets), {
    'pullway-agent': [{ cluster: 'prod-eu', instance: 'gateway.prod-eu:9369' }],
    'kubernetes-pods': [{ ...pod, pod: 'web-1', app: 'web', instance: web }],
    'kubernetes-nodes': [node],
    'kubernetes-nodes-cadvisor': [node],
    'kubernetes-nodes-probes': [node],
    'kubernetes-service-endpoints': [{ ...pod, service: 'db', pod: 'db-0', tier: 'back', instance: db }],
    'kubernetes-api-servers': [
      {
        cluster: 'prod-eu',
        namespace: 'default',
        service: 'kubernetes',
        instance: `gateway.prod-eu:${cluster.apiPort}`,
      },
    ],
  });
  await t.test('the metrics of the kubelet arrive though Prometheus has no credentials', async () => {
    const samples = await prometheus.query('kubelet_up');
    assert.deepEqual(samples.map(({ metric }) => `${metric['node']} ${metric['path']}`).toSorted(), [
      'worker-1 /metrics',
      'worker-1 /metrics/cadvisor',
      'worker-1 /metrics/probes',
    ]);
    assert.equal((await prometheus.query('apiserver_up{service="kubernetes"}')).length, 1);
  });
  await t.test('annotations say where a pod is asked', async () => {
    const [sample] = await prometheus.query('web_up');
    assert.equal(sample?.metric['path'], '/stats');
  });
  await t.test('credentials go to kubelets and API servers only', () => {
    for (const { requests } of [cluster.web, cluster.db]) {
      assert.ok(requests.length > 0);
      for (const { headers } of requests) assert.equal(headers.authorization, undefined);
    }
  });
  await t.test('no text of service discovery, status or log holds the token', async () => {
    const ofProxy = ['/sd', '/api/v1/targets', '/api/v1/agents', '/metrics'].map((path) => proxy.get(path));
    const ofAgent = ['/api/v1/targets?state=any', '/metrics'].map((path) => agent.get(path));
    const pages = (await Promise.all([...ofProxy, ...ofAgent])).map(({ text }) => text);
    for (const text of [...pages, proxy.program.output, agent.program.output]) {
      assert.ok(text.length > 0);
      assert.doesNotMatch(text, /token-of-the-service-account/);
    }
  });
});

test('a kubelet does nothing for a scraper but answer with its metrics', async (t) => {
  const scene = await startScene(t);
  if (scene === undefined) return;
  const { cluster, proxy, kubeletAddress } = scene;
  for (const path of COMMANDS) {
    const request = `GET http://${kubeletAddress}${path} HTTP/1.1\r\nHost: ${kubeletAddress}\r\n\r\n`;
    const { text } = await rawExchange(proxy.port, request, { isWhole: hasHead });
    assert.match(text, /^HTTP\/1\.1 403 /, path);
    assert.match(text, /^X-Pullway-Outcome: not_exposed\r$/m, path);
  }
  const post = `POST http://${kubeletAddress}/metrics HTTP/1.1\r\nHost: ${kubeletAddress}\r\nContent-Length: 0\r\n\r\n`;
  assert.match((await rawExchange(proxy.port, post, { isWhole: hasHead })).text, /^HTTP\/1\.1 405 /);
  const connect = `CONNECT ${kubeletAddress} HTTP/1.1\r\nHost: ${kubeletAddress}\r\n\r\n`;
  assert.match((await rawExchange(proxy.port, connect, { isWhole: hasHead })).text, /^HTTP\/1\.1 403 /);
  assert.equal(cluster.kubelet.requests.length, 0, 'nothing of this came to the kubelet');
});

test('a kubelet does nothing for a proxy either that asks the agent for more than it announced', async (t) => {
  const scene = await startScene(t);
  if (scene === undefined) return;
  const { cluster, rogue, kubeletAddress } = scene;
  const tunnel = await rogue.nextTunnel();
  await tunnel.next('hello');
  tunnel.send(welcomeFrame());
  await tunnel.next('targets');
  const ask = (exchange: number, path: string): void => {
    const head = { deadlineMs: 60_000, method: 'GET', address: kubeletAddress, path, headers: [] } as const;
    tunnel.send(encodeRequest(exchange, WINDOW, head));
  };
  for (const [index, path] of COMMANDS.entries()) {
    ask(index + 1, path);
    const { exchange, code } = await tunnel.next('failure');
    assert.deepEqual([exchange, code], [index + 1, 'not_exposed'], path);
  }
  assert.equal(cluster.kubelet.requests.length, 0, 'nothing of this came to the kubelet');
  ask(COMMANDS.length + 1, '/metrics/cadvisor');
  assert.equal((await tunnel.next('response')).head.status, 200);
  assert.deepEqual(
    cluster.kubelet.requests.map(({ url }) => url),
    ['/metrics/cadvisor'],
  );
});

test('an agent on a node asks the API server for that node alone, and finds its pods and its kubelet', async (t) => {
  const openssl = requireProgram(t, 'openssl');
  const helm = requireProgram(t, 'helm');
  if (openssl === undefined || helm === undefined) return;
  const cluster = await runKubernetesCluster(t, openssl);
  const [elsewhere] = cluster.api.store
    .list({ resource: 'pods', namespace: '', labelSelector: '', fieldSelector: '' })
    .filter(({ metadata }) => metadata.name === 'web-1');
  assert.ok(elsewhere);
  const metadata = { ...elsewhere.metadata, name: 'web-2' };
  cluster.api.store.apply('pods', { ...elsewhere, metadata, spec: { nodeName: 'worker-2', containers: [] } });
  const proxy = await runProxy(t);
  const manifests = await renderChart(helm, { file: 'daemonset-only' });
  const flags = [`--config.file=${await cluster.configure(configurationOf(manifests, 'pullway-agent'))}`];
  await runAgent(t, { proxies: [proxy.url], name: 'worker-1', flags, env: { NODE_NAME: 'worker-1' } });
  const kubelet = `worker-1.node:${cluster.kubelet.port}`;
  await eventually(async () =>
    assert.deepEqual(addresses(await discover(`${proxy.url}/sd`)), [
      `web-1.shop.pod:${cluster.web.port}`,
      kubelet,
      kubelet,
      kubelet,
      'worker-1:9369',
    ]),
  );
  const asked = cluster.api.calls.map(({ resource, fieldSelector }) => `${resource} ${fieldSelector}`);
  assert.deepEqual(new Set(asked), new Set(['pods spec.nodeName=worker-1', 'nodes metadata.name=worker-1']));
});

/** An agent with the default configuration, which has a tunnel to a proxy and one to a rogue; all targets are listed. Undefined: skipped. */
async function startScene(t: TestContext): Promise<Scene | undefined> {
  const openssl = requireProgram(t, 'openssl');
  const helm = requireProgram(t, 'helm');
  if (openssl === undefined || helm === undefined) return undefined;
  const cluster = await runKubernetesCluster(t, openssl);
  // Agents for the whole cluster, and none on the nodes: all of the default configuration.
  const set = ['agent.enabled=true', 'agent.node.enabled=false'];
  const configFile = await cluster.configure(
    configurationOf(await renderChart(helm, { set }), 'pullway-agent-cluster'),
  );
  const proxy = await runProxy(t);
  const rogue = await startRogueProxy(t);
  const agent = await runAgent(t, {
    proxies: [proxy.url, `http://127.0.0.1:${rogue.port}`],
    name: 'gateway',
    flags: ['--agent.cluster=prod-eu', `--config.file=${configFile}`],
  });
  await eventually(async () => assert.equal(addresses(await discover(`${proxy.url}/sd`)).length, TARGETS), {
    timeoutMs: 30_000,
  });
  return { cluster, proxy, agent, rogue, kubeletAddress: `worker-1.node.prod-eu:${cluster.kubelet.port}` };
}

function labelsByJob(
  targets: readonly PrometheusTarget[],
): Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> {
  const byJob: Record<string, Readonly<Record<string, string>>[]> = {};
  for (const { labels } of targets) {
    const { job = '', ...others } = labels;
    (byJob[job] ??= []).push(others);
  }
  return byJob;
}
