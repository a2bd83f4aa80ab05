import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { registerProcessMetrics } from '@pullway/shared/runtime/process-metrics';
import { Registry } from 'prom-client';

const NAMES = [
  'nodejs_eventloop_delay_p99_seconds',
  'nodejs_external_memory_bytes',
  'nodejs_heap_used_bytes',
  'process_cpu_seconds_total',
  'process_open_fds',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'pullway_test_build_info',
];

function registered(t: TestContext): Registry {
  const registry = new Registry();
  const { stop } = registerProcessMetrics(registry, 'pullway_test', '1.2.3', {
    cpuUsage: () => ({ user: 1_500_000, system: 500_000 }),
    memoryUsage: () => ({ rss: 50_000_000, heapUsed: 10_000_000, external: 2_000_000 }),
    uptime: () => 60,
    nodeVersion: 'v24.0.0',
  });
  t.after(stop);
  return registry;
}

function sampleOf(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

test('the metrics of the process say what the process says', async (t) => {
  const registry = registered(t);
  await registry.metrics();
  const text = await registry.metrics();
  assert.equal(sampleOf(text, 'process_cpu_seconds_total'), 2);
  assert.equal(sampleOf(text, 'process_resident_memory_bytes'), 50_000_000);
  assert.equal(sampleOf(text, 'nodejs_heap_used_bytes'), 10_000_000);
  assert.equal(sampleOf(text, 'nodejs_external_memory_bytes'), 2_000_000);
  assert.ok(Math.abs(sampleOf(text, 'process_start_time_seconds') - (Date.now() / 1000 - 60)) < 30);
  assert.ok(sampleOf(text, 'process_open_fds') >= 0);
  assert.match(text, /^pullway_test_build_info\{version="1\.2\.3",nodeversion="v24\.0\.0"\} 1$/m);
});

test('an event loop without delay shows none, though it is looked at only ten times a second', async (t) => {
  const delay = sampleOf(await registered(t).metrics(), 'nodejs_eventloop_delay_p99_seconds');
  assert.equal(delay, 0);
});

test('there are these metrics and no others', (t) => {
  const names = registered(t)
    .getMetricsAsArray()
    .map(({ name }) => name);
  assert.deepEqual(names.toSorted(), NAMES);
});

test('promtool finds nothing to object to', async (t) => {
  if (spawnSync('promtool', ['--version']).error !== undefined) return t.skip('needs promtool');
  const output = execFileSync('promtool', ['check', 'metrics'], {
    input: await registered(t).metrics(),
    encoding: 'utf8',
  });
  assert.equal(output, '');
});
