// The files of deploy/prometheus: read by promtool, and run by a real Prometheus with a real proxy and agents.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { runAgent } from './support/agent.ts';
import { foundAuthority } from './support/certificates.ts';
import { hurried, readRepositoryFile, repositoryPath, withNames } from './support/deploy-files.ts';
import { runExporter, runTlsExporter } from './support/exporter.ts';
import { runNodeExporter } from './support/node-exporter.ts';
import { runPair } from './support/pair.ts';
import {
  collectorExample,
  kubePrometheusExample,
  operatorExample,
  prometheusExample,
  stackExample,
} from './support/prometheus-examples.ts';
import { runConfiguredPrometheus, runPrometheus } from './support/prometheus.ts';
import { runProxy } from './support/proxy.ts';
import { requireProgram } from './support/real-program.ts';
import { scrape } from './support/scraper.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';

/** Files that a Prometheus can read as they are; vmagent.yml is one as long as its comments stay comments. */
const CONFIGURATIONS = [
  'prometheus',
  'prometheus-tls',
  'prometheus-clusters',
  'prometheus-pair',
  'prometheus-https-targets',
  'federation/prometheus',
  'vmagent',
];

/** The Secret of scrape-config-tls.yml, and the user of the others. */
const SCRAPER = { username: 'prometheus', password: 'CHANGE-ME' };

/** `htpasswd -nbBC 4 prometheus CHANGE-ME` */
const PASSWORD_HASH = '$2y$04$yu9cKAvlt/4y4WisJ1b3huI6TOP8C3NjsktwOaSg8lvc1KrRgu0LC';

test('promtool accepts every configuration, and no file of deploy/prometheus is left unread', async (t) => {
  const promtool = requireProgram(t, 'promtool');
  const openssl = requireProgram(t, 'openssl');
  const jsonnet = requireProgram(t, 'jsonnet');
  if (promtool === undefined || openssl === undefined || jsonnet === undefined) return;
  const folder = await temporaryFolder(t);
  for (const name of ['pullway-ca', 'targets-ca', 'ca']) await foundAuthority(openssl, folder, name);
  for (const name of ['pullway-password', 'targets-token']) await writeFile(join(folder, name), 'secret');
  const texts = new Map([
    ['otel-collector', await collectorExample()],
    ['kube-prometheus-stack-values', await stackExample()],
    ['scrape-config', await operatorExample('scrape-config')],
    ['scrape-config-tls', await operatorExample('scrape-config-tls', SCRAPER)],
    ['kube-prometheus', await kubePrometheusExample(jsonnet)],
  ]);
  for (const name of CONFIGURATIONS) texts.set(name, await prometheusExample(name));
  for (const [name, text] of texts) {
    const file = join(folder, `${name.replace('/', '-')}.yml`);
    await writeFile(file, text);
    const { stdout } = await promisify(execFile)(promtool, ['check', 'config', file]);
    assert.match(stdout, /is valid prometheus config file syntax/, name);
  }
  const files = await readdir(repositoryPath('deploy/prometheus'));
  const unread = files.filter((name) => name.endsWith('.yml') && !texts.has(name.replace(/\.yml$/, '')));
  assert.deepEqual(unread, []);
});

// Each waits some 5 s for Prometheus' service discovery, so they wait together.
describe('with the real programs', { concurrency: true }, () => {
  test('a Prometheus with any of the plain configurations has all targets of the agents up', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    const jsonnet = requireProgram(t, 'jsonnet');
    if (prometheusPath === undefined || jsonnet === undefined) return;
    const exporter = await runExporter(t);
    const { proxy } = await runPair(t, { agent: { targets: [exporter.hostPort], flags: ['--agent.cluster=prod-eu'] } });
    const address = `127.0.0.1:${proxy.port}`;
    const run = async (example: Promise<string>, proxyName: string, expected: readonly string[]): Promise<void> => {
      const text = hurried(withNames(await example, { [proxyName]: address }));
      await (await runConfiguredPrometheus(t, prometheusPath, text)).hasUp(expected);
    };
    const agents = ['pullway-agent client.prod-eu:9369', `static client.prod-eu:${exporter.port}`];
    const all = [...agents, `pullway-proxy ${address}`];
    const inCluster = 'pullway-proxy.pullway.svc:8080';
    await Promise.all([
      run(prometheusExample('prometheus'), 'pullway-proxy:8080', all),
      run(prometheusExample('vmagent'), 'pullway-proxy:8080', all),
      run(collectorExample(), 'pullway-proxy:8080', all),
      run(stackExample(), inCluster, agents),
      run(operatorExample('scrape-config'), inCluster, agents),
      run(kubePrometheusExample(jsonnet), inCluster, agents),
    ]);
  });

  test('a proxy with TLS and users: scrapes, the list of targets and its own metrics', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    const openssl = requireProgram(t, 'openssl');
    if (prometheusPath === undefined || openssl === undefined) return;
    const folder = await temporaryFolder(t);
    const authority = await foundAuthority(openssl, folder);
    const { certFile, keyFile } = await authority.issue('proxy', ['DNS:localhost', 'IP:127.0.0.1']);
    const web = join(folder, 'web.yml');
    await writeFile(
      web,
      `tls_server_config: { cert_file: ${certFile}, key_file: ${keyFile} }\nbasic_auth_users: { prometheus: ${PASSWORD_HASH} }\n`,
    );
    const proxy = await runProxy(t, { flags: [`--web.config.file=${web}`] });
    const exporter = await runExporter(t);
    const agent = await runAgent(t, {
      proxies: [`https://127.0.0.1:${proxy.port}`],
      targets: [exporter.hostPort],
      flags: [`--proxy.ca-file=${authority.caFile}`],
    });
    await agent.isReady();
    const ca = await readFile(authority.caFile, 'utf8');
    const files = { 'pullway-ca.crt': ca, 'ca.crt': ca, 'pullway-password': SCRAPER.password };
    const address = `localhost:${proxy.port}`;
    const run = async (example: Promise<string>, proxyName: string, expected: readonly string[]): Promise<void> => {
      const text = hurried(withNames(await example, { [proxyName]: address }));
      await (await runConfiguredPrometheus(t, prometheusPath, text, files)).hasUp(expected);
    };
    const agents = ['pullway-agent client:9369', `static client:${exporter.port}`];
    await Promise.all([
      run(prometheusExample('prometheus-tls'), 'pullway.example.org:8443', [...agents, `pullway-proxy ${address}`]),
      run(operatorExample('scrape-config-tls', SCRAPER), 'pullway-proxy.pullway.svc:8080', agents),
    ]);
  });

  test('a job for each tenant has the clusters of the tenant, and its heavy targets once', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    if (prometheusPath === undefined) return;
    const proxy = await runProxy(t);
    const exporter = await runExporter(t);
    const folder = await temporaryFolder(t);
    const plant = join(folder, 'plant.yml');
    await writeFile(
      plant,
      `scrape_configs: [{ job_name: kubernetes-nodes-cadvisor, static_configs: [{ targets: ['${exporter.hostPort}'] }] }]\n`,
    );
    for (const [cluster, flags] of [
      ['shop-eu', []],
      ['shop-us', []],
      ['plant', [`--config.file=${plant}`]],
      ['nobodys', []],
    ] as const) {
      await runAgent(t, { proxies: [proxy.url], flags: [`--agent.cluster=${cluster}`, ...flags] });
    }
    await proxy.hasAgents(4);
    const text = withNames(await prometheusExample('prometheus-clusters'), {
      'pullway-proxy:8080': `127.0.0.1:${proxy.port}`,
    });
    const prometheus = await runConfiguredPrometheus(t, prometheusPath, hurried(text));
    await prometheus.hasUp([
      'pullway-agent client.shop-eu:9369',
      'pullway-agent client.shop-us:9369',
      'pullway-agent client.plant:9369',
      `kubernetes-nodes-cadvisor client.plant:${exporter.port}`,
    ]);
    const tenants = (await prometheus.targets()).map(({ scrapePool, labels }) => `${scrapePool} ${labels['tenant']}`);
    assert.deepEqual(tenants.toSorted(), [
      'tenant-plant plant',
      'tenant-plant-cadvisor plant',
      'tenant-shop shop',
      'tenant-shop shop',
    ]);
  });

  test('https targets by CONNECT: Prometheus speaks TLS with them, with credentials of its own', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    const openssl = requireProgram(t, 'openssl');
    if (prometheusPath === undefined || openssl === undefined) return;
    const authority = await foundAuthority(openssl, await temporaryFolder(t));
    const { cert, key } = await authority.issue('api', ['DNS:api.internal.example.org']);
    const exporter = await runTlsExporter(t, { cert, key });
    const { proxy } = await runPair(t, {
      agent: { flags: [`--target.passthrough=api.prod-eu:6443=${exporter.hostPort}`] },
    });
    const text = withNames(await prometheusExample('prometheus-https-targets'), {
      'pullway-proxy:8080': `127.0.0.1:${proxy.port}`,
    });
    const prometheus = await runConfiguredPrometheus(t, prometheusPath, hurried(text), {
      'targets-ca.crt': await readFile(authority.caFile, 'utf8'),
      'targets-token': 'token-of-the-targets',
    });
    await prometheus.hasUp(['pullway-agent client:9369', 'static api.prod-eu:6443', 'api api.prod-eu:6443']);
    const sent = exporter.requests.map(({ headers }) => headers.authorization);
    assert.deepEqual([...new Set(sent)], ['Bearer token-of-the-targets']);
  });

  test('the central Prometheus has the series of the one in the cluster, with the labels that they have there', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    const exporterPath = requireProgram(t, 'prometheus-node-exporter');
    if (prometheusPath === undefined || exporterPath === undefined) return;
    const exporterPort = await runNodeExporter(t, exporterPath);
    const inner = await runPrometheus(
      t,
      prometheusPath,
      `
    - job_name: node
      static_configs: [{ targets: ['127.0.0.1:${exporterPort}'] }]
    - job_name: other
      static_configs: [{ targets: ['127.0.0.1:${exporterPort}'] }]
  `,
    );
    await inner.targetUp('node');
    await inner.targetUp('other');

    const innerAddress = new URL(inner.url).host;
    const agentFile = join(await temporaryFolder(t), 'agent.yml');
    const agentConfiguration = await readRepositoryFile('deploy/prometheus/federation/agent.yml');
    await writeFile(
      agentFile,
      hurried(withNames(agentConfiguration, { 'prometheus-operated.monitoring.svc:9090': innerAddress })),
    );
    const { proxy } = await runPair(t, {
      agent: { flags: ['--agent.cluster=prod-eu', `--config.file=${agentFile}`] },
    });
    const text = withNames(await readRepositoryFile('deploy/prometheus/federation/prometheus.yml'), {
      'pullway-proxy:8080': `127.0.0.1:${proxy.port}`,
    });
    const central = await runConfiguredPrometheus(t, prometheusPath, hurried(text));
    await central.hasUp([`federate client.prod-eu:${new URL(inner.url).port}`, 'pullway-agent client.prod-eu:9369']);
    const [sample] = await until('a federated series', async () => {
      const samples = await central.query('node_exporter_build_info');
      return samples.length > 0 ? samples : undefined;
    });
    assert.equal(sample?.metric['job'], 'node', 'the job of the Prometheus in the cluster');
    assert.equal(sample?.metric['instance'], `127.0.0.1:${exporterPort}`);
    assert.equal(sample?.metric['cluster'], 'prod-eu');
    assert.deepEqual(await central.query('up{job="other"}'), [], 'what match[] does not name');
    const refused = await scrape(proxy.port, `http://client.prod-eu:${new URL(inner.url).port}/api/v1/status/config`);
    assert.equal(refused.outcome, 'not_exposed', 'nothing but /federate is open');
  });
});
