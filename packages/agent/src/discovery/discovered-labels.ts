// The labels of a target before relabelling: what discovery found, and what the job adds where discovery said nothing
// (scrape/target.go, PopulateDiscoveredLabels).

import { formatDuration, parseDuration } from '@pullway/shared/config/durations';
import type { Labels } from '@pullway/shared/protocol/announcement';
import type { Job } from '../config/job.ts';

/** What Prometheus takes where nobody sets an interval or timeout, in milliseconds. */
const DEFAULT_SCRAPE_INTERVAL_MS = 60_000;
const DEFAULT_SCRAPE_TIMEOUT_MS = 10_000;

type DiscoveredFields = Pick<Job, 'name' | 'scheme' | 'metricsPath' | 'params' | 'scrapeInterval' | 'scrapeTimeout'>;

/** `target` comes before `group`, and both before what the job says. */
export function discoveredLabels(job: DiscoveredFields, group: Labels, target: Labels): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const source of [target, group, jobLabels(job)]) {
    for (const [name, value] of Object.entries(source)) {
      if (value !== '' && !labels.has(name)) labels.set(name, value);
    }
  }
  return labels;
}

/** Interval and timeout as they are before relabelling: those of the job, or else what Prometheus takes. */
export function usualIntervals({
  scrapeInterval,
  scrapeTimeout,
}: Pick<Job, 'scrapeInterval' | 'scrapeTimeout'>): Readonly<Record<'interval' | 'timeout', string>> {
  const timeoutMs = parseDuration(scrapeTimeout ?? '') ?? DEFAULT_SCRAPE_TIMEOUT_MS;
  const intervalMs = parseDuration(scrapeInterval ?? '') ?? Math.max(DEFAULT_SCRAPE_INTERVAL_MS, timeoutMs);
  return {
    interval: scrapeInterval ?? formatDuration(intervalMs),
    timeout: scrapeTimeout ?? formatDuration(Math.min(DEFAULT_SCRAPE_TIMEOUT_MS, intervalMs)),
  };
}

function jobLabels(job: DiscoveredFields): Labels {
  const { interval, timeout } = usualIntervals(job);
  const params = Object.entries(job.params).map(([name, value]): [string, string] => [`__param_${name}`, value]);
  return {
    job: job.name,
    __scrape_interval__: interval,
    __scrape_timeout__: timeout,
    __metrics_path__: job.metricsPath,
    __scheme__: job.scheme,
    ...Object.fromEntries(params),
  };
}
