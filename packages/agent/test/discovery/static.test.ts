import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../src/config/job.ts';
import { staticTargets } from '../../src/discovery/static.ts';
import { Exporters } from '../../src/targets/exporters.ts';
import type { Target } from '../../src/targets/target.ts';
import { job } from '../support/targets.ts';

const identity = { name: 'client', cluster: '' };

function targetsOf(fields: Partial<Job>): readonly Target[] {
  return new Exporters(() => 0).revise((find) => staticTargets(job(fields), identity, find));
}

const here = [{ endpoints: [{ host: '127.0.0.1', port: 9100 }], labels: {} }];

test('makes a target of each endpoint, with the labels that Prometheus would give it', () => {
  const [target, ...others] = targetsOf({ groups: here });
  assert.deepEqual(others, []);
  assert.deepEqual([target?.address, target?.path, target?.passthrough], ['client:9100', '/metrics', false]);
  assert.deepEqual(target?.labels, { job: 'node', __metrics_path__: '/metrics', __scheme__: 'http' });
});

test('announces http for an https exporter, since it is the agent who speaks TLS', () => {
  const [target] = targetsOf({
    scheme: 'https',
    groups: [{ endpoints: [{ host: 'db', port: undefined }], labels: {} }],
  });
  assert.deepEqual([target?.address, target?.labels['__scheme__']], ['db:443', 'http']);
  assert.deepEqual([target?.exporter.scheme, target?.exporter.port], ['https', 443]);
});

test('announces https where scrapers reach through', () => {
  const [target] = targetsOf({ scheme: 'https', passthrough: true, groups: here });
  assert.deepEqual([target?.passthrough, target?.labels['__scheme__']], [true, 'https']);
});

test('lets labels of a group replace those of the job, path and scheme included', () => {
  const labels = { job: 'other', env: 'prod', __metrics_path__: '/m', __scheme__: 'https' };
  const [target] = targetsOf({ groups: [{ endpoints: [{ host: 'db', port: 1 }], labels }] });
  assert.deepEqual(target?.labels, { job: 'other', env: 'prod', __metrics_path__: '/m', __scheme__: 'http' });
  assert.deepEqual([target?.path, target?.exporter.scheme], ['/m', 'https']);
});

test('carries parameters as labels', () => {
  const [target] = targetsOf({ params: { module: 'http_2xx' }, groups: here });
  assert.equal(target?.labels['__param_module'], 'http_2xx');
});

test('takes the address that the operator chose', () => {
  const [target] = targetsOf({
    groups: [{ endpoints: [{ host: '10.0.0.7', port: 9187, address: 'db:80' }], labels: {} }],
  });
  assert.deepEqual([target?.address, target?.exporter.host], ['db:80', '10.0.0.7']);
});

const intervals = [
  [undefined, undefined, undefined, undefined],
  ['1m', undefined, '1m', '10s'],
  // Prometheus refuses a target whose timeout is longer than its interval, and would otherwise take its own timeout of 10s.
  ['5s', undefined, '5s', '5s'],
  ['1m', '30s', '1m', '30s'],
  [undefined, '5s', undefined, '5s'],
] as const;

for (const [scrapeInterval, scrapeTimeout, interval, timeout] of intervals) {
  test(`announces interval ${interval} and timeout ${timeout} for a job with ${scrapeInterval} and ${scrapeTimeout}`, () => {
    const labels = targetsOf({ scrapeInterval, scrapeTimeout, groups: here })[0]?.labels;
    assert.deepEqual([labels?.['__scrape_interval__'], labels?.['__scrape_timeout__']], [interval, timeout]);
  });
}
