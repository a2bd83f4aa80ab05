// The middle of several measurements, number by number.

import type { Cost, Measurement } from './measurement.ts';

/** @throws Error when there is none. */
export function medianMeasurement(all: readonly Measurement[]): Measurement {
  const of = (pick: (one: Measurement) => number): number => median(all.map(pick));
  return {
    perSecond: of(({ perSecond }) => perSecond),
    failures: all.reduce((sum, { failures }) => sum + failures, 0),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    proxy: medianCost(all.map(({ proxy }) => proxy)),
    agent: medianCost(all.map(({ agent }) => agent)),
  };
}

function medianCost(costs: readonly (Cost | undefined)[]): Cost | undefined {
  const known = costs.filter((cost) => cost !== undefined);
  if (known.length === 0) return undefined;
  return {
    cpuMicroseconds: median(known.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    peak: {
      rss: median(known.map(({ peak }) => peak.rss)),
      anonymous: median(known.map(({ peak }) => peak.anonymous)),
    },
  };
}

/** The lower one of the two in the middle. */
function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  if (middle === undefined) throw new Error('the median of nothing');
  return middle;
}
