// What an agent announces of a Kubernetes cluster, and what it answers for.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../shared/test/support/temporary-folder.ts';
import type { KubernetesObject } from './support/api-server-store.ts';
import { FakeProxy, startAgent } from './support/fake-proxy.ts';
import { standIn } from './support/kubernetes-discoverer.ts';
import { podObject } from './support/pod-objects.ts';
import { fetchFrom, openHttpServer } from './support/test-endpoint.ts';

/** A pod at `ip`, for which an exporter on loopback stands. */
function podAt(name: string, ip: string, port: number): KubernetesObject {
  const pod = podObject(name);
  const containers = [{ name: 'main', ports: [{ containerPort: port, protocol: 'TCP' }] }];
  return { ...pod, spec: { containers }, status: { phase: 'Running', podIP: ip } };
}

/** An agent with one job for the pods of a stand-in API server. */
async function agentWithPods(t: TestContext, { rules = '[]', ...job }: Readonly<Record<string, string>> = {}) {
  const stand = await standIn(t);
  const folder = await temporaryFolder(t);
  const file = join(folder, 'agent.yml');
  const fields = Object.entries(job).map(([name, value]) => `, ${name}: ${value}`);
  const write = (relabelling: string): Promise<void> =>
    writeFile(
      file,
      `scrape_configs: [{job_name: pods, kubernetes_sd_configs: [{role: pod, api_server: '${stand.url}'}], relabel_configs: ${relabelling}${fields.join('')}}]`,
    );
  await write(rules);
  const proxy = new FakeProxy();
  const url = await proxy.open(t);
  const start = () => startAgent(t, url, `--config.file=${file}`, '--agent.cluster=eu', '--web.enable-lifecycle');
  const until = async (addresses: readonly string[]): Promise<void> => {
    while (proxy.addresses.join() !== addresses.join()) await proxy.announcement();
  };
  return { ...stand, proxy, start, write, until };
}

test('announces pods by their names, once it knows them all', async (t) => {
  const { server, proxy, start } = await agentWithPods(t);
  server.store.apply('pods', podAt('web-1', '10.0.0.7', 8080));
  await start();
  // The first announcement: not a short list that grows.
  assert.deepEqual(await proxy.announcement(), ['client.eu:9369', 'web-1.shop.pod.eu:8080']);
  const target = proxy.targets.find(({ address }) => address.startsWith('web-1'));
  assert.deepEqual(
    [target?.labels['job'], target?.labels['__meta_kubernetes_pod_name'], target?.labels['__address__']],
    ['pods', 'web-1', undefined],
  );
});

test('refuses to answer for a pod whose IP address has gone to another pod', async (t) => {
  const exporter = await openHttpServer(t, (_request, response) => void response.end('who_am_i 1\n'));
  const { server, proxy, start, until } = await agentWithPods(t);
  server.store.apply('pods', podAt('old', '127.0.0.1', Number(exporter.port)));
  await start();
  const [old, next] = ['old', 'next'].map((pod) => `${pod}.shop.pod.eu:${exporter.port}`);
  await until(['client.eu:9369', old ?? '']);
  assert.equal(await proxy.scrape(old ?? '', '/metrics'), '200 who_am_i 1\n');
  server.store.remove('pods', 'shop', 'old');
  server.store.apply('pods', podAt('next', '127.0.0.1', Number(exporter.port)));
  await until(['client.eu:9369', next ?? '']);
  await assert.rejects(proxy.scrape(old ?? '', '/metrics'), /^Error: unknown_target/);
  assert.equal(await proxy.scrape(next ?? '', '/metrics'), '200 who_am_i 1\n');
});

test('shows what relabelling dropped, and applies new rules without asking the API server again', async (t) => {
  const rules = '[{action: keep, source_labels: [__meta_kubernetes_pod_name], regex: a}]';
  const { server, start, write, until } = await agentWithPods(t, { rules });
  server.store.apply('pods', podAt('a', '10.0.0.1', 1));
  server.store.apply('pods', podAt('b', '10.0.0.2', 1));
  const { statusPort } = await start();
  await until(['a.shop.pod.eu:1', 'client.eu:9369']);
  const dropped = await fetchFrom(statusPort, '/api/v1/targets?state=dropped');
  assert.match(dropped.body, /"job":"pods","discoveredLabels":\{.*"__meta_kubernetes_pod_name":"b"/);
  const metrics = (await fetchFrom(statusPort, '/metrics')).body;
  assert.match(metrics, /^pullway_agent_left_out_targets\{scrape_job="pods",reason="dropped"\} 1$/m);
  assert.match(metrics, /^pullway_agent_discovery_failures_total\{mechanism="kubernetes",role="pod"\} 0$/m);
  const calls = server.calls.length;
  await write('[{source_labels: [__meta_kubernetes_pod_name], target_label: pod}]');
  assert.equal((await fetchFrom(statusPort, '/-/reload', 'POST')).status, 200);
  await until(['a.shop.pod.eu:1', 'b.shop.pod.eu:1', 'client.eu:9369']);
  assert.equal(server.calls.length, calls);
});

// The labels that would have been announced were shown, without the address that the conflict is about.
test('shows the labels before relabelling of a target that is left out for a conflict', async (t) => {
  const rules = '[{target_label: __address__, replacement: "10.0.0.9:1"}, {target_label: job, replacement: other}]';
  const folder = await temporaryFolder(t);
  const file = join(folder, 'agent.yml');
  await writeFile(
    file,
    `scrape_configs:
      - {job_name: first, static_configs: [{targets: ['10.0.0.9:1']}], authorization: {credentials: a}}
      - {job_name: second, static_configs: [{targets: ['db:1'], labels: {zone: z}}], relabel_configs: ${rules}}`,
  );
  const url = await new FakeProxy().open(t);
  const { statusPort } = await startAgent(t, url, `--config.file=${file}`);
  const { body } = await fetchFrom(statusPort, '/api/v1/targets?state=dropped');
  assert.match(body, /"job":"other","discoveredLabels":\{"__address__":"db:1","zone":"z","job":"second",/);
});

test('lists targets of one address that differ in path, and refuses every other path', async (t) => {
  const asked: string[] = [];
  const exporter = await openHttpServer(t, (request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    response.end('ok\n');
  });
  // As through the proxy of an API server: one address for all, the path tells them apart.
  const rules = `[{target_label: __address__, replacement: 'localhost:${exporter.port}'},
    {source_labels: [__meta_kubernetes_pod_name], target_label: __metrics_path__, replacement: /api/v1/nodes/$1/proxy/metrics}]`;
  const { server, proxy, start } = await agentWithPods(t, { rules, authorization: '{credentials: secret}' });
  server.store.apply('pods', podAt('a', '10.0.0.1', 1));
  server.store.apply('pods', podAt('b', '10.0.0.2', 1));
  await start();
  await proxy.announcement();
  assert.deepEqual(
    proxy.targets.map(({ address, path }) => `${address}${path}`).toSorted(),
    [
      `client.eu:${exporter.port}/api/v1/nodes/a/proxy/metrics`,
      `client.eu:${exporter.port}/api/v1/nodes/b/proxy/metrics`,
      'client.eu:9369/metrics',
    ].toSorted(),
  );
  const address = `client.eu:${exporter.port}`;
  assert.equal(await proxy.scrape(address, '/api/v1/nodes/b/proxy/metrics?x=1'), '200 ok\n');
  assert.deepEqual(asked, ['/api/v1/nodes/b/proxy/metrics?x=1 Bearer secret']);
  await assert.rejects(proxy.scrape(address, '/api/v1/nodes/b/proxy/exec'), /^Error: not_exposed/);
  assert.equal(JSON.stringify(proxy.targets).includes('secret'), false);
});

test('keeps what it found while the API server is away, and says so', async (t) => {
  const { server, proxy, start, until } = await agentWithPods(t);
  server.store.apply('pods', podAt('a', '10.0.0.1', 1));
  const { logger, statusPort } = await start();
  await until(['a.shop.pod.eu:1', 'client.eu:9369']);
  server.goAway();
  while (!logger.lines.includes('warn kubernetes discovery failed')) await new Promise(setImmediate);
  assert.match((await fetchFrom(statusPort, '/-/ready')).body, /^discovery kubernetes pod: pods: /m);
  assert.deepEqual(proxy.addresses, ['a.shop.pod.eu:1', 'client.eu:9369']);
  server.comeBack();
  server.store.apply('pods', podAt('b', '10.0.0.2', 1));
  await until(['a.shop.pod.eu:1', 'b.shop.pod.eu:1', 'client.eu:9369']);
});
