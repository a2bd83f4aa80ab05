// A whole Prometheus of a cluster, by /federate through the tunnel, with the files of deploy/prometheus/federation.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hurried, readRepositoryFile, withNames } from './support/deploy-files.ts';
import { runNodeExporter } from './support/node-exporter.ts';
import { runPair } from './support/pair.ts';
import { runConfiguredPrometheus, runPrometheus } from './support/prometheus.ts';
import { requireProgram } from './support/real-program.ts';
import { scrape } from './support/scraper.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';

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
