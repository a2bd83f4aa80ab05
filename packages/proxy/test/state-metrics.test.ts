import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { registerState } from '../src/state-metrics.ts';

test('reads the fleet, the limits, the certificates and the reloads when it is asked', async () => {
  const registry = new Registry();
  registerState(registry, {
    census: () => new Map([['eu', { agents: 2, targets: 30, leftOut: 1 }]]),
    departedAgents: () => 1,
    isFleetKnown: () => false,
    reload: () => ({ lastReloadSuccessful: false, lastSuccessTimestamp: 1_700_000_000 }),
    certificateExpiries: () => new Map([['web', 1_800_000_000]]),
    maxScrapesInFlight: 4_096,
    maxStreamsOpen: 64,
  });
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(lines, [
    'pullway_proxy_agents{cluster="eu"} 2',
    'pullway_proxy_targets{cluster="eu"} 30',
    'pullway_proxy_left_out_targets{cluster="eu"} 1',
    'pullway_proxy_departed_agents 1',
    'pullway_proxy_scrapes_in_flight_limit 4096',
    'pullway_proxy_streams_open_limit 64',
    'pullway_proxy_sd_ready 0',
    'pullway_proxy_certificate_expiry_timestamp_seconds{listener="web"} 1800000000',
    'pullway_proxy_config_last_reload_successful 0',
    'pullway_proxy_config_last_reload_success_timestamp_seconds 1700000000',
  ]);
});
