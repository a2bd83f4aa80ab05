// What the proxy counts, on a registry that is handed in; state-metrics.ts holds what is asked for. Counts on the path of a scrape are plain
// numbers, written out when they are asked for: with several labels prom-client's own counters sort and join them at each step. Histograms are
// prom-client's (0.3 µs a time). Labels are bounded: clusters, outcomes, codes; never an address.

import { Counter, Histogram, type Registry } from 'prom-client';
import type { SdMetrics } from './api/sd-metrics.ts';
import {
  AGENT_REFUSALS,
  DUPLICATE_OUTCOMES,
  type AgentRefusal,
  type DuplicateOutcome,
  type FleetMetrics,
} from './fleet/fleet-metrics.ts';
import { MAX_CLUSTERS_IN_METRICS } from './limits.ts';
import { OTHER_CLUSTERS, perCluster, readCounter, readGauge, readLabelledCounter } from './read-metrics.ts';
import { REFUSALS, type Outcome, type Refusal } from './scrape/outcomes.ts';
import type { ScrapeMetrics, StreamMetrics } from './scrape/scrape-metrics.ts';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const ANSWERED = { result: 'answered' } as const;
const FAILED = { result: 'failed' } as const;

interface ScrapeCount {
  readonly outcomes: Map<Outcome, number>;
  bodyBytes: number;
}

export class ProxyMetrics implements ScrapeMetrics, StreamMetrics, FleetMetrics, SdMetrics {
  readonly #scrapes = new Map<string, ScrapeCount>();
  readonly #refused = zeroes(REFUSALS);
  readonly #streams = new Map<string, number>();
  readonly #closed = new Map<string, number>();
  readonly #duplicates = zeroes(DUPLICATE_OUTCOMES);
  readonly #agentsRefused = zeroes(AGENT_REFUSALS);
  readonly #sdRequests = new Map<string, number>();
  readonly #durations: Histogram<'result'>;
  readonly #rebuilds: Histogram;
  #inFlight = 0;
  #openStreams = 0;
  #opened = 0;
  #foreignTargets = 0;
  #sdBytes = 0;
  #sdTargets = 0;
  #scrapersRefused = 0;

  constructor(registry: Registry) {
    this.#durations = new Histogram({
      name: 'pullway_proxy_scrape_duration_seconds',
      help: 'Time from the request of a scraper to the end of its answer, for scrapes that were sent to an agent.',
      labelNames: ['result'],
      buckets: BUCKETS_SECONDS,
      registers: [registry],
    });
    this.#rebuilds = new Histogram({
      name: 'pullway_proxy_sd_rebuild_duration_seconds',
      help: 'Time that an answer of service discovery took to be built anew.',
      buckets: BUCKETS_SECONDS,
      registers: [registry],
    });
    this.#registerScrapes(registry);
    this.#registerStreams(registry);
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
    this.#durations.observe(outcome === 'answered' ? ANSWERED : FAILED, durationMs / 1000);
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

  agentRefused(reason: AgentRefusal): void {
    increment(this.#agentsRefused, reason);
  }

  targetsRefused(count: number): void {
    this.#foreignTargets += count;
  }

  sdAnswered(status: number, bytes: number): void {
    increment(this.#sdRequests, String(status));
    this.#sdBytes += bytes;
  }

  sdRebuilt(durationMs: number): void {
    this.#rebuilds.observe(durationMs / 1000);
  }

  sdListed(targets: number): void {
    this.#sdTargets = targets;
  }

  scraperRefused(): void {
    this.#scrapersRefused += 1;
  }

  #newCluster(cluster: string): ScrapeCount {
    const label = this.#scrapes.size < MAX_CLUSTERS_IN_METRICS ? cluster : OTHER_CLUSTERS;
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
    readLabelledCounter(registry, {
      name: 'pullway_proxy_scrape_body_bytes_total',
      help: 'Body bytes received from agents.',
      label: 'cluster',
      read: () => perCluster(scrapes, ({ bodyBytes }) => bodyBytes),
    });
    readLabelledCounter(registry, {
      name: 'pullway_proxy_scrapes_refused_total',
      help: 'Requests of scrapers that were answered without an agent.',
      label: 'outcome',
      read: () => this.#refused,
    });
    readGauge(registry, {
      name: 'pullway_proxy_scrapes_in_flight',
      help: 'Scrapes that were sent to an agent and are not over.',
      read: () => this.#inFlight,
    });
    readCounter(registry, {
      name: 'pullway_proxy_scraper_auth_failures_total',
      help: 'Requests of scrapers with wrong or missing credentials.',
      read: () => this.#scrapersRefused,
    });
  }

  #registerStreams(registry: Registry): void {
    readLabelledCounter(registry, {
      name: 'pullway_proxy_streams_total',
      help: 'Byte streams (CONNECT) that are over, by what became of them.',
      label: 'outcome',
      read: () => this.#streams,
    });
    readGauge(registry, {
      name: 'pullway_proxy_streams_open',
      help: 'Byte streams (CONNECT) that are open.',
      read: () => this.#openStreams,
    });
  }

  #registerFleet(registry: Registry): void {
    readCounter(registry, {
      name: 'pullway_proxy_tunnels_opened_total',
      help: 'Tunnels that were opened and welcomed.',
      read: () => this.#opened,
    });
    readLabelledCounter(registry, {
      name: 'pullway_proxy_tunnels_closed_total',
      help: 'Tunnels that are over, by the close code.',
      label: 'reason',
      read: () => this.#closed,
    });
    readLabelledCounter(registry, {
      name: 'pullway_proxy_duplicate_agents_total',
      help: 'Tunnels under a name that another tunnel held.',
      label: 'outcome',
      read: () => this.#duplicates,
    });
    readLabelledCounter(registry, {
      name: 'pullway_proxy_agents_refused_total',
      help: 'Attempts of agents to connect that were refused.',
      label: 'reason',
      read: () => this.#agentsRefused,
    });
    readCounter(registry, {
      name: 'pullway_proxy_targets_refused_total',
      help: 'Announced targets that were left out, since their addresses belong to another cluster.',
      read: () => this.#foreignTargets,
    });
  }

  #registerSd(registry: Registry): void {
    readLabelledCounter(registry, {
      name: 'pullway_proxy_sd_requests_total',
      help: 'Answers of service discovery.',
      label: 'code',
      read: () => this.#sdRequests,
    });
    readCounter(registry, {
      name: 'pullway_proxy_sd_answer_bytes_total',
      help: 'Bytes of lists that service discovery answered with.',
      read: () => this.#sdBytes,
    });
    readGauge(registry, {
      name: 'pullway_proxy_sd_targets',
      help: 'Targets listed when a list was last asked for, those of departed agents included.',
      read: () => this.#sdTargets,
    });
  }
}

function increment(counts: Map<string, number>, label: string): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

/** A rate cannot see the first event of a series that is born with it: what is rare and has few labels is there from the start. */
function zeroes(labels: readonly string[]): Map<string, number> {
  return new Map(labels.map((label) => [label, 0]));
}
