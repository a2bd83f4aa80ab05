// A histogram whose observations are additions to an array: prom-client's own costs microseconds, and it is observed for every scrape.

import { Histogram, type Registry } from 'prom-client';

export interface PlainHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Without it there is one series, observed under `''`. */
  readonly labelName?: string;
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
}

interface Series {
  /** One count per bucket, and one for what is above them all. */
  readonly counts: Float64Array;
  sum: number;
}

export class PlainHistogram {
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(registry: Registry, { name, help, labelName, buckets }: PlainHistogramOptions) {
    this.#bounds = buckets;
    const writer = new WrittenHistogram({ name, help, buckets: [...buckets], registers: [] });
    writer.values = () => this.#values(name, labelName);
    registry.registerMetric(writer);
  }

  observe(label: string, value: number): void {
    const series = this.#series.get(label) ?? this.#newSeries(label);
    let bucket = 0;
    for (const bound of this.#bounds) {
      if (value <= bound) break;
      bucket += 1;
    }
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
  }

  #newSeries(label: string): Series {
    const series = { counts: new Float64Array(this.#bounds.length + 1), sum: 0 };
    this.#series.set(label, series);
    return series;
  }

  #values(name: string, labelName: string | undefined): WrittenValue[] {
    return [...this.#series].flatMap(([label, { counts, sum }]) => {
      const labels: Record<string, string> = labelName === undefined ? {} : { [labelName]: label };
      let total = 0;
      const buckets = [...counts].map((count, index) => {
        total += count;
        const le = this.#bounds[index] ?? '+Inf';
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
      });
      return [...buckets, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: total }];
    });
  }
}

interface WrittenValue {
  readonly metricName: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

/** What prom-client registers and asks; the numbers come from elsewhere. */
class WrittenHistogram extends Histogram<string> {
  values: () => WrittenValue[] = () => [];

  override async get(): ReturnType<Histogram<string>['get']> {
    return { ...(await super.get()), values: this.values() };
  }
}
