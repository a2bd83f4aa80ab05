// Service discovery as Prometheus uses it: what is listed, in which order, under which filters, and that an error is better than a short list.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { runExporter } from '../support/exporter.ts';
import { sampleOf } from '../support/metrics-text.ts';
import { runPair } from '../support/pair.ts';
import { runPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { runProxy, type RunningProxy } from '../support/proxy.ts';
import { requireProgram } from '../support/real-program.ts';
import { scrape } from '../support/scraper.ts';
import { addresses, discover } from '../support/service-discovery.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Labels that need care on their way: quotes, backslash, line feed, what is no ASCII. */
const AWKWARD_LABELS = { note: 'a "quoted" back\\slash\nnext line', town: 'Zürich 東京' };

const JOBS = {
  scrape_configs: [
    {
      job_name: 'node',
      static_configs: [
        { targets: ['127.0.0.1:9100', 'db.internal:9100'], labels: { ...AWKWARD_LABELS, cluster: 'own' } },
      ],
    },
    {
      job_name: 'probe',
      metrics_path: '/probe',
      params: { module: ['http_2xx'] },
      scrape_interval: '2m',
      scrape_timeout: '20s',
      static_configs: [{ targets: ['[fd00::7]:9115', '10.0.0.7:80'] }],
    },
    { job_name: 'tls', passthrough: true, static_configs: [{ targets: ['127.0.0.1:8443'] }] },
  ],
};

/** Two clusters with an agent each. */
async function runClusters(t: TestContext, order: readonly ('prod-eu' | 'dev')[]): Promise<RunningProxy> {
  const file = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(file, JSON.stringify(JOBS));
  const proxy = await runProxy(t);
  for (const [index, cluster] of order.entries()) {
    const flags = [`--config.file=${file}`, `--agent.cluster=${cluster}`];
    await runAgent(t, { proxies: [proxy.url], name: 'gateway', flags });
    await proxy.hasAgents(index + 1);
  }
  return proxy;
}

async function targetCount(prometheus: RunningPrometheus, job: string): Promise<number> {
  return (await prometheus.targets()).filter(({ scrapePool }) => scrapePool === job).length;
}

export function serviceDiscovery(): void {
  test('lists each target with its labels, filtered and in an order that does not depend on who came first', async (t) => {
    const [proxy, mirrored] = await Promise.all([
      runClusters(t, ['prod-eu', 'dev']),
      runClusters(t, ['dev', 'prod-eu']),
    ]);
    const all = await discover(`${proxy.url}/sd`);
    assert.deepEqual(await discover(`${mirrored.url}/sd`), all);
    assert.deepEqual(await discover(`${proxy.url}/clients`), all);
    assert.deepEqual(addresses(all), addresses(all).toSorted());

    const dev = await discover(`${proxy.url}/sd?cluster=dev`);
    assert.deepEqual(addresses(dev), [
      '10-0-0-7.dev:80',
      'db.internal.dev:9100',
      'fd00--7.dev:9115',
      'gateway.dev:8443',
      'gateway.dev:9100',
      'gateway.dev:9369',
    ]);
    const probe = dev.find(({ targets }) => targets[0] === 'fd00--7.dev:9115');
    assert.deepEqual(probe?.labels, {
      job: 'probe',
      cluster: 'dev',
      __scheme__: 'http',
      __metrics_path__: '/probe',
      __param_module: 'http_2xx',
      __scrape_interval__: '2m',
      __scrape_timeout__: '20s',
      __meta_pullway_agent: 'gateway',
      __meta_pullway_cluster: 'dev',
      __meta_pullway_job: 'probe',
      __meta_pullway_version: probe?.labels['__meta_pullway_version'],
    });
    const labelled = dev.find(({ targets }) => targets[0] === 'gateway.dev:9100');
    assert.equal(labelled?.labels['cluster'], 'own', 'a label that the job sets stays');
    for (const [name, value] of Object.entries(AWKWARD_LABELS)) assert.equal(labelled?.labels[name], value);
    assert.equal(dev.find(({ targets }) => targets[0] === 'gateway.dev:8443')?.labels['__scheme__'], 'https');

    const count = async (query: string): Promise<number> =>
      addresses(await discover(`${proxy.url}/sd?${query}`)).length;
    assert.equal(await count('job=node&job=tls'), 6);
    assert.equal(await count('job=node&cluster=prod-eu'), 2);
    assert.equal(await count('agent=gateway&unknown=parameter'), 12);
    assert.equal(await count('agent=nobody'), 0);
    const bare = await discover(`${proxy.url}/sd?meta=false`);
    assert.equal(addresses(bare).length, 12);
    const names = bare.flatMap(({ labels }) => Object.keys(labels));
    assert.deepEqual(
      names.filter((name) => name.startsWith('__meta_')),
      [],
    );
  });

  test('Prometheus accepts every answer: all, filtered, bare, empty', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    if (prometheusPath === undefined) return;
    const proxy = await runClusters(t, ['prod-eu', 'dev']);
    const jobs = {
      all: '/sd',
      clients: '/clients',
      dev: '/sd?cluster=dev',
      bare: '/sd?meta=false',
      none: '/sd?job=none',
    };
    // Only the lists matter here: nobody listens at this proxy_url, and so nothing is sent to the hosts in them.
    const job = ([name, path]: [string, string]): string => `
  - job_name: ${name}
    proxy_url: http://127.0.0.1:1
    http_sd_configs: [{ url: '${proxy.url}${path}', refresh_interval: 1s }]
`;
    const prometheus = await runPrometheus(t, prometheusPath, Object.entries(jobs).map(job).join(''));
    await eventually(
      async () => {
        const counts = await Promise.all(Object.keys(jobs).map((name) => targetCount(prometheus, name)));
        assert.deepEqual(counts, [12, 12, 6, 12, 0]);
      },
      { timeoutMs: 40_000 },
    );
    assert.equal(await sdFailures(prometheus), 0);
    const [labelled] = (await prometheus.targets()).filter(({ labels }) => labels['town'] !== undefined);
    assert.equal(labelled?.labels['note'], AWKWARD_LABELS.note);
    assert.equal(labelled?.labels['town'], AWKWARD_LABELS.town);
  });

  test('an agent that left stays listed for a while, so that up becomes 0, and is then forgotten', async (t) => {
    const exporter = await runExporter(t);
    const { proxy, agent } = await runPair(t, {
      proxy: { flags: ['--sd.departed-grace=5s'] },
      agent: { targets: [exporter.hostPort] },
    });
    const url = `http://client:${exporter.port}/metrics`;
    const before = await discover(`${proxy.url}/sd`);
    assert.equal(addresses(before).length, 2);
    agent.program.signal('SIGKILL');
    await eventually(async () => assert.equal((await scrape(proxy.port, url)).outcome, 'agent_gone'));
    assert.deepEqual(await discover(`${proxy.url}/sd`), before);
    assert.match((await proxy.get('/api/v1/targets')).text, /"state":"departed"/);
    assert.equal(await proxy.metric('pullway_proxy_departed_agents'), 1);
    await eventually(
      async () => {
        assert.deepEqual(await discover(`${proxy.url}/sd`), []);
        assert.equal((await scrape(proxy.port, url)).outcome, 'unknown_target');
      },
      { timeoutMs: 20_000 },
    );
    assert.equal(await proxy.metric('pullway_proxy_departed_agents'), 0);
  });

  test('after a start the answer is 503 until no new agent has come for a while; scrapes are answered meanwhile', async (t) => {
    const exporter = await runExporter(t);
    const { proxy } = await runPair(t, {
      proxy: { flags: ['--sd.warm-up=4s', '--sd.max-warm-up=60s'] },
      agent: { targets: [exporter.hostPort] },
    });
    const early = await proxy.get('/sd');
    assert.equal(early.status, 503);
    assert.ok(Number(early.headers.get('retry-after')) > 0);
    assert.equal((await scrape(proxy.port, `http://client:${exporter.port}/metrics`)).status, 200);
    assert.equal((await proxy.get('/-/ready')).status, 200, 'agents must find the replica');
    await eventually(async () => {
      const list = await discover(`${proxy.url}/sd?job=static`);
      assert.deepEqual(addresses(list), [`client:${exporter.port}`]);
    });
  });

  test('without any agent the warm-up ends after --sd.max-warm-up', async (t) => {
    const proxy = await runProxy(t, { flags: ['--sd.warm-up=1s', '--sd.max-warm-up=2s'] });
    assert.equal((await proxy.get('/clients')).status, 503);
    await eventually(async () => assert.deepEqual(await discover(`${proxy.url}/clients`), []));
  });

  test('Prometheus keeps its targets while the proxy is away and while it warms up again', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    if (prometheusPath === undefined) return;
    const exporter = await runExporter(t);
    const { proxy, agent } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
    const prometheus = await runPrometheus(
      t,
      prometheusPath,
      `
  - job_name: kept
    proxy_url: ${proxy.url}
    http_sd_configs: [{ url: '${proxy.url}/sd?job=static', refresh_interval: 1s }]
`,
    );
    await prometheus.targetUp('kept');
    proxy.program.signal('SIGKILL');
    await proxy.program.ended;
    const successor = await runProxy(t, { port: proxy.port, flags: ['--sd.warm-up=3s'] });
    await eventually(
      async () => {
        assert.equal(await targetCount(prometheus, 'kept'), 1);
        assert.ok((await sdFailures(prometheus)) > 0, 'the warm-up was noticed');
        assert.equal((await successor.get('/sd')).status, 200, 'the warm-up is over');
      },
      { timeoutMs: 60_000 },
    );
    await agent.isReady();
    await prometheus.targetUp('kept');
    assert.equal(await targetCount(prometheus, 'kept'), 1);
  });
}

async function sdFailures(prometheus: RunningPrometheus): Promise<number> {
  const page = await (await fetch(`${prometheus.url}/metrics`)).text();
  return sampleOf(page, 'prometheus_sd_http_failures_total') ?? 0;
}
