// What the README promises first, with the real programs: Prometheus, node_exporter, and ours between them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runNodeExporter } from './support/node-exporter.ts';
import { runPair } from './support/pair.ts';
import { runPrometheus } from './support/prometheus.ts';
import { requireProgram } from './support/real-program.ts';

test('Prometheus scrapes node_exporter through proxy_url with the name of the agent as host', async (t) => {
  const prometheusPath = requireProgram(t, 'prometheus');
  const exporterPath = requireProgram(t, 'prometheus-node-exporter');
  if (prometheusPath === undefined || exporterPath === undefined) return;
  const exporterPort = await runNodeExporter(t, exporterPath);
  const { proxy } = await runPair(t, { agent: { targets: [`127.0.0.1:${exporterPort}`] } });
  const prometheus = await runPrometheus(
    t,
    prometheusPath,
    `
  - job_name: node
    proxy_url: ${proxy.url}/
    static_configs:
      - targets: ['client:${exporterPort}']
`,
  );
  const target = await prometheus.targetUp('node');
  assert.equal(target.scrapeUrl, `http://client:${exporterPort}/metrics`);
  const instance = `instance="client:${exporterPort}"`;
  assert.equal((await prometheus.query(`up{job="node",${instance}}`))[0]?.value[1], '1');
  assert.equal((await prometheus.query(`node_exporter_build_info{${instance}}`)).length, 1);
  const [samples] = await prometheus.query(`scrape_samples_scraped{${instance}}`);
  assert.ok(Number(samples?.value[1]) > 100, `node_exporter has more than 100 samples, not ${samples?.value[1]}`);
});

test('Prometheus finds and scrapes everything by http_sd_configs alone, with no relabelling', async (t) => {
  const prometheusPath = requireProgram(t, 'prometheus');
  const exporterPath = requireProgram(t, 'prometheus-node-exporter');
  if (prometheusPath === undefined || exporterPath === undefined) return;
  const exporterPort = await runNodeExporter(t, exporterPath);
  const { proxy } = await runPair(t, {
    agent: { targets: [`127.0.0.1:${exporterPort}`], flags: ['--agent.cluster=prod-eu'] },
  });
  const prometheus = await runPrometheus(
    t,
    prometheusPath,
    `
  - job_name: pullway
    proxy_url: ${proxy.url}/
    http_sd_configs:
      - url: ${proxy.url}/sd
        refresh_interval: 1s
`,
  );
  const node = await prometheus.target(
    'pullway',
    ({ labels, health }) => labels['job'] === 'static' && health === 'up',
  );
  assert.deepEqual(node.labels, { cluster: 'prod-eu', instance: `client.prod-eu:${exporterPort}`, job: 'static' });
  assert.equal(node.discoveredLabels['__meta_pullway_agent'], 'client');
  assert.equal(node.discoveredLabels['__meta_pullway_cluster'], 'prod-eu');
  const own = await prometheus.target(
    'pullway',
    ({ labels, health }) => labels['job'] === 'pullway-agent' && health === 'up',
  );
  assert.deepEqual(own.labels, { cluster: 'prod-eu', instance: 'client.prod-eu:9369', job: 'pullway-agent' });
  assert.equal((await prometheus.query('node_exporter_build_info{cluster="prod-eu",job="static"}')).length, 1);
  assert.equal((await prometheus.query('pullway_agent_tunnel_up{job="pullway-agent"} == 1')).length, 1);
});
