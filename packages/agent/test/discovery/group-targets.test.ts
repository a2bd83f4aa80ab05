import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Labels } from '@pullway/shared/protocol/announcement';
import type { Job } from '../../src/config/job.ts';
import { groupTargets, type GroupTargets } from '../../src/discovery/group-targets.ts';
import { relabelRuleSchema } from '../../src/discovery/relabel/rule-schema.ts';
import { Exporters } from '../../src/targets/exporters.ts';
import type { Target } from '../../src/targets/target.ts';
import { job } from '../support/targets.ts';

const identity = { name: 'client', cluster: '' };

function outcome(fields: Partial<Job>, target: Labels, labels: Labels = {}): GroupTargets {
  return new Exporters(() => 0).revise((find) =>
    groupTargets({ source: 's', labels, targets: [target] }, { job: job(fields), identity, find }),
  );
}

function targetOf(fields: Partial<Job>, target: Labels, labels: Labels = {}): Target | undefined {
  const { kept, unusable } = outcome(fields, target, labels);
  assert.deepEqual(unusable, []);
  return kept[0];
}

function rules(...written: readonly unknown[]) {
  return { relabelRules: written.map((rule) => relabelRuleSchema.parse(rule)) };
}

const HERE = { __address__: '127.0.0.1:9100' };

test('makes a target of labels, and announces those that Prometheus would give it', () => {
  const target = targetOf({}, HERE);
  assert.deepEqual([target?.address, target?.path, target?.passthrough], ['client:9100', '/metrics', false]);
  assert.deepEqual(target?.labels, { job: 'node', __metrics_path__: '/metrics', __scheme__: 'http' });
});

test('announces http for an https exporter, since it is the agent who speaks TLS', () => {
  const target = targetOf({ scheme: 'https' }, { __address__: 'db' });
  assert.deepEqual([target?.address, target?.labels['__scheme__']], ['db:443', 'http']);
  assert.deepEqual([target?.exporter.scheme, target?.exporter.port], ['https', 443]);
});

test('announces https where scrapers reach through', () => {
  const target = targetOf({ scheme: 'https', passthrough: true }, HERE);
  assert.deepEqual([target?.passthrough, target?.labels['__scheme__']], [true, 'https']);
});

test('lets labels of a group replace those of the job, path and scheme included, and those of a target all', () => {
  const labels = { job: 'other', env: 'prod', __metrics_path__: '/m', __scheme__: 'https' };
  const target = targetOf({}, { __address__: 'db:1', env: 'test' }, labels);
  assert.deepEqual(target?.labels, { job: 'other', env: 'test', __metrics_path__: '/m', __scheme__: 'http' });
  assert.deepEqual([target?.path, target?.exporter.scheme], ['/m', 'https']);
});

test('carries parameters as labels', () => {
  assert.equal(targetOf({ params: { module: 'http_2xx' } }, HERE)?.labels['__param_module'], 'http_2xx');
});

test('takes the address that the operator chose, and tells nobody of the label', () => {
  const target = targetOf({}, { __address__: '10.0.0.7:9187', __pullway_address__: 'DB' });
  assert.deepEqual([target?.address, target?.exporter.host], ['db:80', '10.0.0.7']);
  assert.equal(target?.labels['__pullway_address__'], undefined);
});

test('announces what relabelling left, meta labels among it, without what is temporary', () => {
  const found = { __address__: 'db:1', __meta_pod: 'p', __meta_secret: 's', __tmp_x: '1', a: 'b' };
  const target = targetOf(
    rules({ source_labels: ['__meta_pod'], target_label: 'pod' }, { action: 'labeldrop', regex: '__meta_s.*' }),
    found,
  );
  assert.deepEqual(target?.labels, {
    job: 'node',
    a: 'b',
    pod: 'p',
    __meta_pod: 'p',
    __metrics_path__: '/metrics',
    __scheme__: 'http',
  });
});

test('writes label names that service discovery cannot carry with underscores', () => {
  assert.equal(targetOf({}, { ...HERE, 'a.b-ü': 'x' })?.labels['a_b__'], 'x');
  assert.equal(targetOf({}, { ...HERE, '1a': 'x' })?.labels['_1a'], 'x');
});

test('leaves out the longest meta labels of a target rather than the target', () => {
  const target = targetOf(
    {},
    { ...HERE, __meta_long: 'ä'.repeat(30_000), __meta_longer: 'x'.repeat(70_000), __meta_a: 'x' },
  );
  assert.deepEqual(
    Object.keys(target?.labels ?? {}).filter((name) => name.startsWith('__meta')),
    ['__meta_a'],
  );
  const whole = targetOf({}, { ...HERE, __meta_long: 'x'.repeat(40_000), __meta_a: 'x' });
  assert.equal(whole?.labels['__meta_long']?.length, 40_000);
});

const paths = [
  ['/m', '/m'],
  ['m', '/m'],
  ['/a b?c%ä', '/a%20b%3Fc%25%C3%A4'],
  ['/;:@&=+$,.-_~', '/;:@&=+$,.-_~'],
  ['/*', '/%2A'],
] as const;

for (const [label, path] of paths) {
  test(`asks for ${path} where the label has ${label}, as Go writes it into a request`, () => {
    assert.equal(targetOf({}, { ...HERE, __metrics_path__: label })?.path, path);
  });
}

test('asks for / when relabelling took the path away, rather than for what the central Prometheus would take', () => {
  const target = targetOf(rules({ target_label: '__metrics_path__', replacement: '' }), HERE);
  assert.deepEqual([target?.path, target?.labels['__metrics_path__']], ['/', '/']);
});

const intervals = [
  [undefined, undefined, undefined, undefined],
  ['1m', undefined, '1m', '10s'],
  // Prometheus refuses a target whose timeout is longer than its interval, and would otherwise take its own timeout of 10s.
  ['5s', undefined, '5s', '5s'],
  ['1m', '30s', '1m', '30s'],
  [undefined, '5s', undefined, '5s'],
  [undefined, '2m', undefined, '2m'],
] as const;

for (const [scrapeInterval, scrapeTimeout, interval, timeout] of intervals) {
  test(`announces interval ${interval} and timeout ${timeout} for a job with ${scrapeInterval} and ${scrapeTimeout}`, () => {
    const labels = targetOf({ scrapeInterval, scrapeTimeout }, HERE)?.labels;
    assert.deepEqual([labels?.['__scrape_interval__'], labels?.['__scrape_timeout__']], [interval, timeout]);
  });
}

test('announces an interval that relabelling chose, with the timeout that goes with it', () => {
  const labels = targetOf(rules({ target_label: '__scrape_interval__', replacement: '30s' }), HERE)?.labels;
  assert.deepEqual([labels?.['__scrape_interval__'], labels?.['__scrape_timeout__']], ['30s', '10s']);
});

test('tells a target that is dropped by its own labels', () => {
  const { kept, dropped } = outcome(rules({ action: 'drop', source_labels: ['job'], regex: 'node' }), HERE);
  assert.deepEqual([kept, dropped], [[], [HERE]]);
});

const faults: readonly (readonly [Labels, RegExp])[] = [
  [{}, /^no address$/],
  [{ __address__: 'http://a' }, /^"http:\/\/a" is not a valid hostname$/],
  [{ __address__: 'a:b' }, /no port from 1 to 65535/],
  [{ __address__: 'a:1', __scheme__: 'ftp' }, /scheme "ftp" is neither/],
  [{ __address__: 'a:1', __scrape_interval__: '5s' }, /^scrape timeout cannot be greater than scrape interval/],
  [{ __address__: 'a:1', __scrape_interval__: '0s' }, /^scrape interval cannot be 0$/],
  [{ __address__: 'a:1', __scrape_timeout__: 'soon' }, /^error parsing scrape timeout/],
  [{ __address__: 'a:1', __pullway_address__: 'a/b' }, /is no host:port/],
];

for (const [labels, fault] of faults) {
  test(`says why nobody can scrape ${JSON.stringify(labels)}`, () => {
    const { kept, unusable } = outcome({}, labels);
    assert.deepEqual(kept, []);
    assert.match(unusable[0]?.message ?? '', fault);
    assert.equal(unusable[0]?.labels, labels);
  });
}
