// What every program tells of itself, under the names that Prometheus' client libraries use. prom-client's own default metrics are not
// taken: promtool objects to several of their names, and they cost memory in every agent.

import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;
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
  const registers = [registry];
  const startedAt = Date.now() / 1000 - facts.uptime();
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = facts.cpuUsage();
      this.reset();
      this.inc((user + system) / MICROSECONDS);
    },
  });
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => startedAt);
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => facts.memoryUsage().rss);
  gauge('process_open_fds', 'Number of open file descriptors.', countOpenFiles);
  gauge('nodejs_heap_used_bytes', 'Heap in use by JavaScript objects in bytes.', () => facts.memoryUsage().heapUsed);
  gauge(
    'nodejs_external_memory_bytes',
    'Memory of buffers outside the heap in bytes.',
    () => facts.memoryUsage().external,
  );
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  gauge('nodejs_eventloop_delay_p99_seconds', 'Delay of the event loop since the last scrape, 99th percentile.', () => {
    const seconds = delay.percentile(99) / NANOSECONDS;
    delay.reset();
    return seconds;
  });
  new Gauge({
    name: `${prefix}_build_info`,
    help: 'Always 1; its labels name the build.',
    labelNames: ['version', 'nodeversion'],
    registers,
  }).set({ version, nodeversion: facts.nodeVersion }, 1);
  return { stop: () => delay.disable() };
}

/** 0 where the system has no /proc. */
function countOpenFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
