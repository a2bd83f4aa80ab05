import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownMetricsTarget } from '../../src/discovery/own-metrics.ts';
import { Exporters } from '../../src/targets/exporters.ts';

const endpoint = { host: '127.0.0.1', port: 40_123, telemetryPath: '/m' };

test('announces the agent itself at a port that does not depend on where its server listens', () => {
  const target = new Exporters(() => 0).revise((find) =>
    ownMetricsTarget(endpoint, { name: 'client', cluster: 'eu' }, find),
  );
  assert.deepEqual([target.address, target.path], ['client.eu:9369', '/m']);
  assert.deepEqual(target.labels, { job: 'pullway-agent', __metrics_path__: '/m', __scheme__: 'http' });
  assert.deepEqual([target.exporter.host, target.exporter.port], ['127.0.0.1', 40_123]);
});
