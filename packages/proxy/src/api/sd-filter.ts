// Which part of the list a scraper wants: ?cluster=, ?job=, ?agent= (each repeatable), ?meta=false.

import type { SdEntry } from '../fleet/sd-entry.ts';
import { MAX_SD_FILTER_VALUES } from '../limits.ts';

export interface SdFilter {
  /** Empty: any. */
  readonly clusters: readonly string[];
  readonly jobs: readonly string[];
  readonly agents: readonly string[];
  /** Whether `__meta_*` labels are wanted. */
  readonly withMeta: boolean;
  /** The same for filters that mean the same. */
  readonly key: string;
}

/**
 * Reads a query (without `?`). Parameters that are not known mean nothing: Prometheus' users put some there to tell their jobs apart.
 * @returns undefined when it names more values than anybody would.
 */
export function parseSdFilter(query: string): SdFilter | undefined {
  const parameters = new URLSearchParams(query);
  const [clusters, jobs, agents] = ['cluster', 'job', 'agent'].map((name) =>
    [...new Set(parameters.getAll(name))].toSorted(),
  );
  if (clusters === undefined || jobs === undefined || agents === undefined) return undefined;
  if (clusters.length + jobs.length + agents.length > MAX_SD_FILTER_VALUES) return undefined;
  const withMeta = parameters.get('meta') !== 'false';
  return { clusters, jobs, agents, withMeta, key: JSON.stringify([clusters, jobs, agents, withMeta]) };
}

/** Whether `entry` is still listed and wanted. */
export function isWanted(entry: SdEntry, { clusters, jobs, agents }: SdFilter): boolean {
  if (!entry.isListed) return false;
  if (clusters.length > 0 && !clusters.includes(entry.cluster)) return false;
  if (jobs.length > 0 && !jobs.includes(entry.job)) return false;
  return agents.length === 0 || entry.announcers.some(({ name }) => agents.includes(name));
}
