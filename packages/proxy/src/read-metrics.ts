// Counters and gauges whose numbers are kept elsewhere and read when the metrics are scraped. What they count is said in metrics.ts and
// state-metrics.ts.

import { Counter, Gauge, type Registry } from 'prom-client';
import { MAX_CLUSTERS_IN_METRICS } from './limits.ts';

/** Label of the clusters beyond the bound. */
export const OTHER_CLUSTERS = 'other';

export interface ReadMetric {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

export interface LabelledMetric {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** Number by value of the label. */
  readonly read: () => ReadonlyMap<string, number>;
}

export function readCounter(registry: Registry, { name, help, read }: ReadMetric): void {
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

export function readGauge(registry: Registry, { name, help, read }: ReadMetric): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

export function readLabelledCounter(registry: Registry, { name, help, label, read }: LabelledMetric): void {
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

export function readLabelledGauge(registry: Registry, { name, help, label, read }: LabelledMetric): void {
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

/** Sums per cluster; those beyond the bound together. */
export function perCluster<T>(
  clusters: ReadonlyMap<string, T>,
  read: (value: T) => number,
): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [cluster, value] of clusters) {
    const label = numbers.size < MAX_CLUSTERS_IN_METRICS ? cluster : OTHER_CLUSTERS;
    numbers.set(label, (numbers.get(label) ?? 0) + read(value));
  }
  return numbers;
}
