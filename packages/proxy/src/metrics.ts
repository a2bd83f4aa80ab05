// All instruments of the proxy, on a registry that is handed in. What counts on the path of a scrape are plain numbers, written out when they
// are asked for: prom-client's own counters look up a hash of their labels each time, which costs several microseconds.
// Labels are bounded: clusters, outcomes, codes; never an address.

import { Counter, Gauge, type Registry } from 'prom-client';
import type { ReloadState } from '@pullway/shared/runtime/reloading';
import type { SdMetrics } from './api/sd-metrics.ts';
import type { DuplicateOutcome, FleetMetrics } from './fleet/fleet-metrics.ts';
import { MAX_CLUSTERS_IN_METRICS } from './limits.ts';
import { PlainHistogram } from './plain-histogram.ts';
import type { Outcome, Refusal } from './scrape/outcomes.ts';
import type { ScrapeMetrics, StreamMetrics } from './scrape/scrape-metrics.ts';

/** What is asked only when the metrics are scraped. */
export interface MetricSources {
  /** Agents and targets by cluster. */
  readonly census: () => ReadonlyMap<string, { readonly agents: number; readonly targets: number }>;
  readonly departedAgents: () => number;
  readonly reload: () => ReloadState;
}

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OTHER = 'other';

interface ScrapeCount {
  readonly outcomes: Map<Outcome, number>;
  bodyBytes: number;
}

export class ProxyMetrics implements ScrapeMetrics, StreamMetrics, FleetMetrics, SdMetrics {
  readonly #scrapes = new Map<string, ScrapeCount>();
  readonly #refused = new Map<string, number>();
  readonly #streams = new Map<string, number>();
  readonly #closed = new Map<string, number>();
  readonly #duplicates = new Map<string, number>();
  readonly #agentsRefused = new Map<string, number>();
  readonly #sdRequests = new Map<string, number>();
  readonly #durations: PlainHistogram;
  readonly #rebuilds: PlainHistogram;
  #inFlight = 0;
  #openStreams = 0;
  #opened = 0;
  #sdBytes = 0;
  #sdTargets = 0;
  #scrapersRefused = 0;

  constructor(registry: Registry) {
    this.#durations = new PlainHistogram(registry, {
      name: 'pullway_proxy_scrape_duration_seconds',
      help: 'Time from the request of a scraper to the end of its answer, for scrapes that were sent to an agent.',
      labelName: 'result',
      buckets: BUCKETS_SECONDS,
    });
    this.#rebuilds = new PlainHistogram(registry, {
      name: 'pullway_proxy_sd_rebuild_duration_seconds',
      help: 'Time that an answer of service discovery took to be built anew.',
      buckets: BUCKETS_SECONDS,
    });
    this.#registerScrapes(registry);
    this.#registerFleet(registry);
    this.#registerSd(registry);
  }

  started(): void {
    this.#inFlight += 1;
  }

  finished(outcome: Outcome, cluster: string, durationMs: number, bodyBytes: number): void {
    this.#inFlight -= 1;
    const count = this.#scrapes.get(cluster) ?? this.#newCluster(cluster);
    count.outcomes.set(outcome, (count.outcomes.get(outcome) ?? 0) + 1);
    count.bodyBytes += bodyBytes;
    this.#durations.observe(outcome === 'answered' ? 'answered' : 'failed', durationMs / 1000);
  }

  refused(outcome: Refusal): void {
    increment(this.#refused, outcome);
  }

  streamStarted(): void {
    this.#openStreams += 1;
  }

  streamFinished(outcome: Outcome): void {
    this.#openStreams -= 1;
    increment(this.#streams, outcome);
  }

  tunnelOpened(): void {
    this.#opened += 1;
  }

  tunnelClosed(reason: string): void {
    increment(this.#closed, reason);
  }

  duplicate(outcome: DuplicateOutcome): void {
    increment(this.#duplicates, outcome);
  }

  agentRefused(reason: string): void {
    increment(this.#agentsRefused, reason);
  }

  sdAnswered(status: number, bytes: number): void {
    increment(this.#sdRequests, String(status));
    this.#sdBytes += bytes;
  }

  sdRebuilt(durationMs: number): void {
    this.#rebuilds.observe('', durationMs / 1000);
  }

  sdListed(targets: number): void {
    this.#sdTargets = targets;
  }

  scraperRefused(): void {
    this.#scrapersRefused += 1;
  }

  /** Registers what is read from its owner at each scrape of the metrics. */
  observe(registry: Registry, { census, departedAgents, reload }: MetricSources): void {
    gauge(registry, 'pullway_proxy_agents', 'Agents with a live tunnel.', 'cluster', () =>
      perCluster(census(), ({ agents }) => agents),
    );
    gauge(registry, 'pullway_proxy_targets', 'Targets announced by agents with a live tunnel.', 'cluster', () =>
      perCluster(census(), ({ targets }) => targets),
    );
    single(registry, 'pullway_proxy_departed_agents', 'Agents that left and are still listed.', departedAgents);
    single(registry, 'pullway_proxy_config_last_reload_successful', 'Whether the last reload was successful.', () =>
      reload().lastReloadSuccessful ? 1 : 0,
    );
    single(
      registry,
      'pullway_proxy_config_last_reload_success_timestamp_seconds',
      'Time of the last successful reload.',
      () => reload().lastSuccessTimestamp,
    );
  }

  #newCluster(cluster: string): ScrapeCount {
    const label = this.#scrapes.size < MAX_CLUSTERS_IN_METRICS ? cluster : OTHER;
    const count = this.#scrapes.get(label) ?? { outcomes: new Map(), bodyBytes: 0 };
    this.#scrapes.set(label, count);
    return count;
  }

  #registerScrapes(registry: Registry): void {
    const scrapes = this.#scrapes;
    new Counter({
      name: 'pullway_proxy_scrapes_total',
      help: 'Scrapes that were sent to an agent, by what became of them.',
      labelNames: ['cluster', 'outcome'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [cluster, { outcomes }] of scrapes) {
          for (const [outcome, count] of outcomes) this.inc({ cluster, outcome }, count);
        }
      },
    });
    counter(registry, 'pullway_proxy_scrape_body_bytes_total', 'Body bytes received from agents.', 'cluster', () =>
      perCluster(scrapes, ({ bodyBytes }) => bodyBytes),
    );
    const refused = 'Requests of scrapers that were answered without an agent.';
    counter(registry, 'pullway_proxy_scrapes_refused_total', refused, 'outcome', () => this.#refused);
    single(registry, 'pullway_proxy_scrapes_in_flight', 'Scrapes that wait for their end.', () => this.#inFlight);
    counter(registry, 'pullway_proxy_streams_total', 'Byte streams that are over.', 'outcome', () => this.#streams);
    single(registry, 'pullway_proxy_streams_open', 'Byte streams that are open.', () => this.#openStreams);
    plain(registry, 'pullway_proxy_scraper_auth_failures_total', 'Wrong or missing credentials of scrapers.', () => {
      return this.#scrapersRefused;
    });
  }

  #registerFleet(registry: Registry): void {
    const opened = 'Tunnels that were opened and welcomed.';
    plain(registry, 'pullway_proxy_tunnels_opened_total', opened, () => this.#opened);
    const closed = 'Tunnels that are over, by the close code.';
    counter(registry, 'pullway_proxy_tunnels_closed_total', closed, 'reason', () => this.#closed);
    const duplicates = 'Tunnels under a name that another tunnel held.';
    counter(registry, 'pullway_proxy_duplicate_agents_total', duplicates, 'outcome', () => this.#duplicates);
    const refused = 'Agents that were refused.';
    counter(registry, 'pullway_proxy_agents_refused_total', refused, 'reason', () => this.#agentsRefused);
  }

  #registerSd(registry: Registry): void {
    const requests = 'Answers of service discovery.';
    counter(registry, 'pullway_proxy_sd_requests_total', requests, 'code', () => this.#sdRequests);
    plain(registry, 'pullway_proxy_sd_answer_bytes_total', 'Bytes of these answers.', () => this.#sdBytes);
    single(registry, 'pullway_proxy_sd_targets', 'Targets listed, those of departed agents included.', () => {
      return this.#sdTargets;
    });
  }
}

function increment(counts: Map<string, number>, label: string): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

/** Sums per cluster; those beyond the bound together. */
function perCluster<T>(clusters: ReadonlyMap<string, T>, read: (value: T) => number): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [cluster, value] of clusters) {
    const label = numbers.size < MAX_CLUSTERS_IN_METRICS ? cluster : OTHER;
    numbers.set(label, (numbers.get(label) ?? 0) + read(value));
  }
  return numbers;
}

type Numbers = () => ReadonlyMap<string, number>;

function counter(registry: Registry, name: string, help: string, label: string, read: Numbers): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of read()) this.inc({ [label]: value }, count);
    },
  });
}

function gauge(registry: Registry, name: string, help: string, label: string, read: Numbers): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of read()) this.set({ [label]: value }, count);
    },
  });
}

function plain(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function single(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
