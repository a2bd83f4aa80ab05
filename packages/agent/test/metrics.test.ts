import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { AgentMetrics, type MetricsSources } from '../src/metrics.ts';
import { uplinkStatus } from './support/uplink-status.ts';

function registered(sources: Partial<MetricsSources> = {}) {
  const registry = new Registry();
  const metrics = new AgentMetrics(registry, {
    uplinks: () => [],
    targetsByJob: () => new Map(),
    discoveries: () => [],
    leftOutTargets: () => [],
    maxInFlight: () => 256,
    certificateExpiry: () => undefined,
    reloadState: () => ({ lastReloadSuccessful: true, lastSuccessTimestamp: 1_000 }),
    ...sources,
  });
  const lines = async (): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { metrics, lines };
}

function matching(lines: readonly string[], start: string): readonly string[] {
  return lines.filter((line) => line.startsWith(start));
}

test('counts scrapes that run, and those that are over by outcome', async () => {
  const { metrics, lines } = registered();
  for (let i = 0; i < 3; i += 1) metrics.started();
  metrics.finished('answered', 20, 1_000);
  metrics.finished('target_timeout', 9_500, 0);
  const text = await lines();
  assert.deepEqual(matching(text, 'pullway_agent_scrapes_'), [
    'pullway_agent_scrapes_total{outcome="answered"} 1',
    'pullway_agent_scrapes_total{outcome="target_timeout"} 1',
    'pullway_agent_scrapes_in_flight 1',
    'pullway_agent_scrapes_in_flight_limit 256',
  ]);
  assert.deepEqual(matching(text, 'pullway_agent_scrape_body'), ['pullway_agent_scrape_body_bytes_total 1000']);
  assert.deepEqual(matching(text, 'pullway_agent_scrape_duration_seconds_count'), [
    'pullway_agent_scrape_duration_seconds_count 2',
  ]);
  // Asked for twice, a count must not double.
  assert.deepEqual(matching(await lines(), 'pullway_agent_scrapes_total{outcome="answered"}'), [
    'pullway_agent_scrapes_total{outcome="answered"} 1',
  ]);
});

test('tells of each proxy whether there is a tunnel, and why there was none', async () => {
  const reconnects = new Map([['lost', 2] as const]);
  const refused = uplinkStatus({ proxy: 'http://b', isConnected: false, isRefused: true, minRoundTripMs: undefined });
  const { lines } = registered({ uplinks: () => [uplinkStatus({ proxy: 'http://a', reconnects }), refused] });
  assert.deepEqual(
    [...matching(await lines(), 'pullway_agent_tunnel'), ...matching(await lines(), 'pullway_agent_reconnects')],
    [
      'pullway_agent_tunnel_up{proxy="http://a"} 1',
      'pullway_agent_tunnel_up{proxy="http://b"} 0',
      'pullway_agent_tunnel_refused{proxy="http://a"} 0',
      'pullway_agent_tunnel_refused{proxy="http://b"} 1',
      'pullway_agent_tunnel_round_trip_seconds{proxy="http://a"} 0.012',
      'pullway_agent_reconnects_total{proxy="http://a",reason="lost"} 2',
    ],
  );
});

test('counts targets by job, and bounds the number of jobs', async () => {
  const jobs = new Map(Array.from({ length: 103 }, (_, index) => [`job-${index}`, 2]));
  const { lines } = registered({ targetsByJob: () => jobs });
  const targets = matching(await lines(), 'pullway_agent_targets');
  assert.equal(targets.length, 101);
  assert.equal(targets.at(-1), 'pullway_agent_targets{scrape_job="other"} 6');
});

test('tells of discovery what failed, what is wrong now, and how old it is, by mechanism and role', async () => {
  const pod = {
    kind: 'kubernetes',
    role: 'pod',
    hasSynced: true,
    lastSyncTimestamp: 20,
    failures: 2,
    faults: ['x'],
  } as const;
  const late = { ...pod, role: 'node', lastSyncTimestamp: undefined };
  const { lines } = registered({ discoveries: () => [pod, { ...pod, lastSyncTimestamp: 10, faults: [] }, late] });
  assert.deepEqual(matching(await lines(), 'pullway_agent_discovery'), [
    'pullway_agent_discovery_failures_total{mechanism="kubernetes",role="pod"} 4',
    'pullway_agent_discovery_failures_total{mechanism="kubernetes",role="node"} 2',
    'pullway_agent_discovery_faults{mechanism="kubernetes",role="pod"} 1',
    'pullway_agent_discovery_faults{mechanism="kubernetes",role="node"} 1',
    'pullway_agent_discovery_last_sync_timestamp_seconds{mechanism="kubernetes",role="pod"} 10',
  ]);
});

test('counts targets that were left out by job and reason', async () => {
  const conflict = { job: 'a', reason: 'conflict', count: 1 } as const;
  const { lines } = registered({
    leftOutTargets: () => [{ job: 'a', reason: 'dropped', count: 7 }, conflict, conflict],
  });
  assert.deepEqual(matching(await lines(), 'pullway_agent_left_out'), [
    'pullway_agent_left_out_targets{scrape_job="a",reason="dropped"} 7',
    'pullway_agent_left_out_targets{scrape_job="a",reason="conflict"} 2',
  ]);
});

test('tells whether the last reload was successful', async () => {
  const { lines } = registered({ reloadState: () => ({ lastReloadSuccessful: false, lastSuccessTimestamp: 1_000.5 }) });
  assert.deepEqual(matching(await lines(), 'pullway_agent_config'), [
    'pullway_agent_config_last_reload_successful 0',
    'pullway_agent_config_last_reload_success_timestamp_seconds 1000.5',
  ]);
});

test('tells when the client certificate expires, where there is one', async () => {
  let certificateExpiry: number | undefined = 1_800_000_000;
  const { lines } = registered({ certificateExpiry: () => certificateExpiry });
  assert.deepEqual(matching(await lines(), 'pullway_agent_certificate'), [
    'pullway_agent_certificate_expiry_timestamp_seconds 1800000000',
  ]);
  certificateExpiry = undefined;
  assert.deepEqual(matching(await lines(), 'pullway_agent_certificate'), []);
});
