// What service discovery shows of a target: the labels that relabelling left, meta labels among them.

import type { Labels } from '@pullway/shared/protocol/announcement';
import { MAX_TARGET_BYTES } from '@pullway/shared/protocol/limits';
import type { Job } from '../config/job.ts';
import { usualIntervals } from './discovered-labels.ts';

/** A label by which the operator chooses the address of a target; it goes no further. */
export const CHOSEN_ADDRESS = '__pullway_address__';

/** Labels of a target as JSON, in bytes: address, path and further paths stand beside them. */
const MAX_LABEL_BYTES = (3 / 4) * MAX_TARGET_BYTES;

const INTERVAL = '__scrape_interval__';
const TIMEOUT = '__scrape_timeout__';

/** What kubectl notes on each object: the whole manifest, with the values of its environment variables. It stays in the cluster. */
const LAST_APPLIED =
  /^__meta_kubernetes_[a-z]+_annotation(?:present)?_kubectl_kubernetes_io_last_applied_configuration$/;

/**
 * Without `__address__`, which is the agent's own business, and without `__tmp*`, which Prometheus promises never to use. Interval and
 * timeout are there when somebody set them: otherwise they are the central Prometheus' own. An interval below the timeout would make it
 * refuse the target, so a timeout goes with each interval.
 */
export function announcedLabels(relabelled: ReadonlyMap<string, string>, job: Job): Labels {
  const labels = withFittingNames([...relabelled].filter(([name]) => isAnnounced(name)));
  const usual = usualIntervals(job);
  const hasInterval = job.scrapeInterval !== undefined || labels[INTERVAL] !== usual.interval;
  const hasTimeout = hasInterval || job.scrapeTimeout !== undefined || labels[TIMEOUT] !== usual.timeout;
  if (!hasInterval) delete labels[INTERVAL];
  if (!hasTimeout) delete labels[TIMEOUT];
  return {
    ...withoutLongMeta(labels),
    // Absent, the central Prometheus would take its own.
    __metrics_path__: relabelled.get('__metrics_path__') ?? '/',
    // The agent speaks TLS with exporters itself; to a scraper they are plain http unless it has to reach through.
    __scheme__: job.passthrough ? 'https' : 'http',
  };
}

/**
 * Annotations may have 256 KiB: rather than the target its longest meta labels are left out,
 * until the others fit into an announcement.
 */
function withoutLongMeta(labels: Labels): Labels {
  let bytes = jsonBytes(labels);
  if (bytes <= MAX_LABEL_BYTES) return labels;
  const kept: Record<string, string> = { ...labels };
  const meta = Object.keys(labels).filter((name) => name.startsWith('__meta_'));
  for (const name of meta.toSorted((a, b) => (kept[b]?.length ?? 0) - (kept[a]?.length ?? 0))) {
    if (bytes <= MAX_LABEL_BYTES) break;
    bytes -= jsonBytes({ [name]: kept[name] });
    delete kept[name];
  }
  return kept;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function isAnnounced(name: string): boolean {
  return name !== '__address__' && name !== CHOSEN_ADDRESS && !name.startsWith('__tmp') && !LAST_APPLIED.test(name);
}

/** A label whose name does not fit gets one that does, unless another label has that already. */
function withFittingNames(labels: Iterable<readonly [name: string, value: string]>): Record<string, string> {
  const fitting: Record<string, string> = {};
  const others: [string, string][] = [];
  for (const [name, value] of labels) {
    if (SD_NAME.test(name)) fitting[name] = value;
    else others.push([name, value]);
  }
  for (const [name, value] of others) fitting[sdName(name)] ??= value;
  return fitting;
}

/** HTTP service discovery carries no other names, since Prometheus 2 refuses a whole answer for one. */
const SD_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What does not fit becomes an underscore, as in the names of meta labels; a label that can be seen does not become a hidden one. */
function sdName(name: string): string {
  const fitting = name.replaceAll(/[^a-zA-Z0-9_]/gu, '_').replace(/^[0-9]/, '_$&');
  return name.startsWith('__') ? fitting : fitting.replace(/^__+/, '_');
}
