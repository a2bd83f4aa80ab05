// All instruments of the agent. What changes slowly is asked for when it is scraped; what happens with each scrape is plain numbers,
// since the labels of prom-client cost microseconds.

import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import type { ReloadState } from '@pullway/shared/runtime/reloading';
import type { MechanismStatus } from './discovery/mechanism.ts';
import { MAX_JOB_LABELS } from './limits.ts';
import type { ScrapeMetrics, ScrapeOutcome } from './scrape/scrape-metrics.ts';
import type { UplinkStatus } from './uplink/uplink.ts';

/** What is asked for at each scrape of the agent itself. */
export interface MetricsSources {
  uplinks(): readonly UplinkStatus[];
  targetsByJob(): ReadonlyMap<string, number>;
  reloadState(): ReloadState;
  discoveries(): readonly MechanismStatus[];
  leftOutTargets(): readonly LeftOutCount[];
  /** Scrapes that the tunnels which are up may carry at a time. */
  maxInFlight(): number;
  /** When the client certificate expires, in seconds since the epoch; undefined without one. */
  certificateExpiry(): number | undefined;
}

/** Targets of a job that were found and are not announced. */
export interface LeftOutCount {
  readonly job: string;
  /** Dropped by relabelling, not a target that anybody could scrape, or one that scrapers could not tell from another. */
  readonly reason: 'dropped' | 'unusable' | 'conflict';
  readonly count: number;
}

/** As in metrics of Prometheus itself: the label `job` is that of the scrape by which these metrics come, `pullway-agent`. */
const JOB = 'scrape_job';

const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class AgentMetrics implements ScrapeMetrics {
  readonly #finished = new Map<ScrapeOutcome, number>();
  readonly #durations: Histogram;
  #inFlight = 0;
  #bodyBytes = 0;

  constructor(registry: Registry, sources: MetricsSources) {
    const registers = [registry];
    this.#durations = new Histogram({
      name: 'pullway_agent_scrape_duration_seconds',
      help: 'Time from a request of a proxy to the end of its answer, byte streams included.',
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
    this.#registerScrapes(registers, sources);
    registerUplinks(registers, sources);
    registerCertificate(registers, sources);
    registerTargets(registers, sources);
    registerReloads(registers, sources);
    registerDiscoveries(registers, sources);
  }

  started(): void {
    this.#inFlight += 1;
  }

  finished(outcome: ScrapeOutcome, durationMs: number, bodyBytes: number): void {
    this.#inFlight -= 1;
    this.#bodyBytes += bodyBytes;
    this.#finished.set(outcome, (this.#finished.get(outcome) ?? 0) + 1);
    this.#durations.observe(durationMs / 1000);
  }

  #registerScrapes(registers: Registry[], sources: MetricsSources): void {
    const finished = this.#finished;
    const inFlight = (): number => this.#inFlight;
    const bodyBytes = (): number => this.#bodyBytes;
    new Counter({
      name: 'pullway_agent_scrapes_total',
      help: 'Scrapes and byte streams that are over, by outcome.',
      labelNames: ['outcome'],
      registers,
      collect() {
        this.reset();
        for (const [outcome, count] of finished) this.inc({ outcome }, count);
      },
    });
    new Gauge({
      name: 'pullway_agent_scrapes_in_flight',
      help: 'Scrapes and byte streams that run.',
      registers,
      collect() {
        this.set(inFlight());
      },
    });
    new Gauge({
      name: 'pullway_agent_scrapes_in_flight_limit',
      help: 'Scrapes and byte streams that the tunnels which are up carry at a time; further ones are refused.',
      registers,
      collect() {
        this.set(sources.maxInFlight());
      },
    });
    new Counter({
      name: 'pullway_agent_scrape_body_bytes_total',
      help: 'Bytes of bodies that exporters sent.',
      registers,
      collect() {
        this.reset();
        this.inc(bodyBytes());
      },
    });
  }
}

function registerUplinks(registers: Registry[], sources: MetricsSources): void {
  new Gauge({
    name: 'pullway_agent_tunnel_up',
    help: 'Whether there is a tunnel to the proxy.',
    labelNames: ['proxy'],
    registers,
    collect() {
      for (const { proxy, isConnected } of sources.uplinks()) this.set({ proxy }, isConnected ? 1 : 0);
    },
  });
  new Gauge({
    name: 'pullway_agent_tunnel_refused',
    help: 'Whether the proxy refuses this agent, so that an operator has to act.',
    labelNames: ['proxy'],
    registers,
    collect() {
      for (const { proxy, isRefused } of sources.uplinks()) this.set({ proxy }, isRefused ? 1 : 0);
    },
  });
  new Gauge({
    name: 'pullway_agent_tunnel_round_trip_seconds',
    help: 'Smallest round trip seen in the tunnel.',
    labelNames: ['proxy'],
    registers,
    collect() {
      this.reset();
      for (const { proxy, minRoundTripMs } of sources.uplinks()) {
        if (minRoundTripMs !== undefined) this.set({ proxy }, minRoundTripMs / 1000);
      }
    },
  });
  new Counter({
    name: 'pullway_agent_reconnects_total',
    help: 'Attempts to connect that failed and tunnels that ended, by reason.',
    labelNames: ['proxy', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { proxy, reconnects } of sources.uplinks()) {
        for (const [reason, count] of reconnects) this.inc({ proxy, reason }, count);
      }
    },
  });
}

function registerCertificate(registers: Registry[], sources: MetricsSources): void {
  new Gauge({
    name: 'pullway_agent_certificate_expiry_timestamp_seconds',
    help: 'When the client certificate for the proxies expires, or the first of its chain; absent without one.',
    registers,
    collect() {
      const expiry = sources.certificateExpiry();
      this.remove();
      if (expiry !== undefined) this.set(expiry);
    },
  });
}

function registerTargets(registers: Registry[], sources: MetricsSources): void {
  new Gauge({
    name: 'pullway_agent_targets',
    help: 'Targets that the agent announces; beyond the first hundred jobs under the job "other".',
    labelNames: [JOB],
    registers,
    collect() {
      this.reset();
      let jobs = 0;
      for (const [name, count] of sources.targetsByJob())
        this.inc({ [JOB]: (jobs += 1) > MAX_JOB_LABELS ? 'other' : name }, count);
    },
  });
}

function registerDiscoveries(registers: Registry[], sources: MetricsSources): void {
  const labelNames = ['mechanism', 'role'];
  new Counter({
    name: 'pullway_agent_discovery_failures_total',
    help: 'Attempts to find targets that failed, by mechanism and role.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { kind, role, failures } of sources.discoveries()) this.inc({ mechanism: kind, role }, failures);
    },
  });
  new Gauge({
    name: 'pullway_agent_discovery_faults',
    help: 'Lists, watches and files that cannot be used now, so that targets may be missing or out of date.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { kind, role, faults } of sources.discoveries()) this.inc({ mechanism: kind, role }, faults.length);
    },
  });
  new Gauge({
    name: 'pullway_agent_discovery_last_sync_timestamp_seconds',
    help: 'When all that is found by the mechanism and role was last known to be up to date; absent before the first time.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [key, timestamp] of oldestSyncs(sources.discoveries())) this.set(key, timestamp);
    },
  });
  new Gauge({
    name: 'pullway_agent_left_out_targets',
    help: 'Targets that were found and are not announced, by job and reason.',
    labelNames: [JOB, 'reason'],
    registers,
    collect() {
      this.reset();
      const jobs = new Set<string>();
      for (const { job, reason, count } of sources.leftOutTargets()) {
        jobs.add(job);
        this.inc({ [JOB]: jobs.size > MAX_JOB_LABELS ? 'other' : job, reason }, count);
      }
    },
  });
}

/** Those of one kind and role share a label set; the one that is furthest behind counts. */
function oldestSyncs(statuses: readonly MechanismStatus[]): Iterable<[Record<'mechanism' | 'role', string>, number]> {
  const byLabels = Map.groupBy(statuses, ({ kind, role }) => `${kind}/${role}`);
  return [...byLabels.values()].flatMap((group): [Record<'mechanism' | 'role', string>, number][] => {
    const [first] = group;
    const times = group.flatMap(({ lastSyncTimestamp }) => lastSyncTimestamp ?? []);
    if (first === undefined || times.length < group.length) return [];
    return [[{ mechanism: first.kind, role: first.role }, Math.min(...times)]];
  });
}

function registerReloads(registers: Registry[], sources: MetricsSources): void {
  new Gauge({
    name: 'pullway_agent_config_last_reload_successful',
    help: 'Whether the last attempt to load the configuration was successful.',
    registers,
    collect() {
      this.set(sources.reloadState().lastReloadSuccessful ? 1 : 0);
    },
  });
  new Gauge({
    name: 'pullway_agent_config_last_reload_success_timestamp_seconds',
    help: 'Time of the last successful load of the configuration.',
    registers,
    collect() {
      this.set(sources.reloadState().lastSuccessTimestamp);
    },
  });
}
