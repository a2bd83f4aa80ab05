// What every program tells of itself, under the names that Prometheus' client libraries use. prom-client's own default metrics are not
// taken: promtool objects to several of their names, and they cost memory in every agent.

import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';

const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;
/** Time between two looks at the event loop, in milliseconds: ten wake-ups per second cost nothing that can be measured. */
const DELAY_RESOLUTION_MS = 100;

/** What main.ts knows of its process. */
export interface ProcessFacts {
  cpuUsage(): { readonly user: number; readonly system: number };
  memoryUsage(): { readonly rss: number; readonly heapUsed: number; readonly external: number };
  uptime(): number;
  readonly nodeVersion: string;
}

/** Registers the process metrics, and `PREFIX_build_info`. The event loop is watched until `stop` of what comes back. */
export function registerProcessMetrics(
  registry: Registry,
  prefix: string,
  version: string,
  facts: ProcessFacts,
): { readonly stop: () => void } {
  registerBuildInfo(registry, prefix, { version, nodeversion: facts.nodeVersion });
  registerCpuTime(registry, facts);
  const startedAt = Date.now() / 1000 - facts.uptime();
  const gauge = (name: string, help: string, read: () => number): void => registerGauge(registry, { name, help, read });
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => startedAt);
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => facts.memoryUsage().rss);
  gauge('process_open_fds', 'Number of open file descriptors.', countOpenFiles);
  gauge('nodejs_heap_used_bytes', 'Heap in use by JavaScript objects in bytes.', () => facts.memoryUsage().heapUsed);
  gauge('nodejs_external_memory_bytes', 'Buffers outside the heap in bytes.', () => facts.memoryUsage().external);
  const loop = watchEventLoop();
  gauge(
    'nodejs_eventloop_delay_p99_seconds',
    'Delay of the event loop since the last scrape, 99th percentile.',
    loop.p99,
  );
  return { stop: loop.stop };
}

function registerBuildInfo(registry: Registry, prefix: string, labels: Readonly<Record<string, string>>): void {
  const info = new Gauge({
    name: `${prefix}_build_info`,
    help: 'Always 1; its labels name the build.',
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  info.set(labels, 1);
}

function registerCpuTime(registry: Registry, facts: ProcessFacts): void {
  const seconds = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    collect() {
      const { user, system } = facts.cpuUsage();
      this.reset();
      this.inc((user + system) / MICROSECONDS);
    },
    registers: [],
  });
  registry.registerMetric(seconds);
}

interface ReadGauge {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

function registerGauge(registry: Registry, { name, help, read }: ReadGauge): void {
  const gauge = new Gauge({
    name,
    help,
    collect() {
      this.set(read());
    },
    registers: [],
  });
  registry.registerMetric(gauge);
}

function watchEventLoop(): { readonly p99: () => number; readonly stop: () => void } {
  const intervals = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  intervals.enable();
  return {
    // Node records the whole time between two looks; what is beyond their distance is the delay. Without a look it says 511 ns.
    p99: () => {
      const delay = intervals.percentile(99) / NANOSECONDS - DELAY_RESOLUTION_MS / 1000;
      intervals.reset();
      return Math.max(0, delay);
    },
    stop: () => intervals.disable(),
  };
}

/** 0 where the system has no /proc. */
function countOpenFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
