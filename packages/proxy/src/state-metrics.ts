// How the proxy stands: gauges that are read from their owners when the metrics are scraped, on a registry that is handed in.
// What happens, metrics.ts counts.

import type { Registry } from 'prom-client';
import type { ReloadState } from '@pullway/shared/runtime/reloading';
import type { Census } from './fleet/census.ts';
import { perCluster, readGauge, readLabelledGauge } from './read-metrics.ts';

/** What is asked only when the metrics are scraped. */
export interface StateSources {
  /** Agents and targets by cluster. */
  readonly census: () => ReadonlyMap<string, Census>;
  readonly departedAgents: () => number;
  /** Whether service discovery answers with lists. */
  readonly isFleetKnown: () => boolean;
  readonly reload: () => ReloadState;
  /** When the certificate of each TLS listener expires, in seconds since the epoch. */
  readonly certificateExpiries: () => ReadonlyMap<string, number>;
  readonly maxScrapesInFlight: number;
  readonly maxStreamsOpen: number;
}

export function registerState(registry: Registry, sources: StateSources): void {
  registerFleet(registry, sources);
  registerLimits(registry, sources);
  readGauge(registry, {
    name: 'pullway_proxy_sd_ready',
    help: 'Whether service discovery answers with lists; after a start it first waits for agents.',
    read: () => (sources.isFleetKnown() ? 1 : 0),
  });
  readLabelledGauge(registry, {
    name: 'pullway_proxy_certificate_expiry_timestamp_seconds',
    help: 'When the certificate of a TLS listener expires, or the first of its chain.',
    label: 'listener',
    read: sources.certificateExpiries,
  });
  readGauge(registry, {
    name: 'pullway_proxy_config_last_reload_successful',
    help: 'Whether the last reload of the configuration was successful.',
    read: () => (sources.reload().lastReloadSuccessful ? 1 : 0),
  });
  readGauge(registry, {
    name: 'pullway_proxy_config_last_reload_success_timestamp_seconds',
    help: 'Time of the last successful reload of the configuration.',
    read: () => sources.reload().lastSuccessTimestamp,
  });
}

function registerFleet(registry: Registry, { census, departedAgents }: StateSources): void {
  readLabelledGauge(registry, {
    name: 'pullway_proxy_agents',
    help: 'Agents with a live tunnel.',
    label: 'cluster',
    read: () => perCluster(census(), ({ agents }) => agents),
  });
  readLabelledGauge(registry, {
    name: 'pullway_proxy_targets',
    help: 'Targets announced by agents with a live tunnel.',
    label: 'cluster',
    read: () => perCluster(census(), ({ targets }) => targets),
  });
  readLabelledGauge(registry, {
    name: 'pullway_proxy_left_out_targets',
    help: 'Those of them that are not served, since their addresses belong to another cluster.',
    label: 'cluster',
    read: () => perCluster(census(), ({ leftOut }) => leftOut),
  });
  readGauge(registry, {
    name: 'pullway_proxy_departed_agents',
    help: 'Agents that left and are still listed.',
    read: departedAgents,
  });
}

function registerLimits(registry: Registry, { maxScrapesInFlight, maxStreamsOpen }: StateSources): void {
  readGauge(registry, {
    name: 'pullway_proxy_scrapes_in_flight_limit',
    help: 'Scrapes in flight beyond which further ones are refused.',
    read: () => maxScrapesInFlight,
  });
  readGauge(registry, {
    name: 'pullway_proxy_streams_open_limit',
    help: 'Open byte streams (CONNECT) beyond which further ones are refused.',
    read: () => maxStreamsOpen,
  });
}
