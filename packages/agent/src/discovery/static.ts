// Targets that are written down: from jobs to targets, with the labels that Prometheus gives them (scrape/target.go, PopulateLabels).
// It must not know where the jobs were written.

import { formatDuration, parseDuration } from '@pullway/shared/config/durations';
import type { Labels } from '@pullway/shared/protocol/announcement';
import type { Endpoint, Job } from '../config/job.ts';
import { targetAddress, type AgentIdentity } from '../targets/address.ts';
import type { FindExporter } from '../targets/exporters.ts';
import type { Target } from '../targets/target.ts';

const DEFAULT_PORTS = { http: 80, https: 443 };

/** Prometheus' own `scrape_timeout` where nobody sets one, in milliseconds. */
const DEFAULT_SCRAPE_TIMEOUT_MS = 10_000;

/** The targets of the static groups of `job`. */
export function staticTargets(job: Job, identity: AgentIdentity, find: FindExporter): readonly Target[] {
  return job.groups.flatMap(({ endpoints, labels }) => {
    const allLabels = { ...jobLabels(job), ...labels };
    return endpoints.map((endpoint) => staticTarget({ job, endpoint, labels: allLabels }, identity, find));
  });
}

interface Place {
  readonly job: Job;
  readonly endpoint: Endpoint;
  readonly labels: Labels;
}

function staticTarget({ job, endpoint, labels }: Place, identity: AgentIdentity, find: FindExporter): Target {
  const scheme = job.passthrough || labels['__scheme__'] === 'https' ? 'https' : 'http';
  const port = endpoint.port ?? DEFAULT_PORTS[scheme];
  return {
    address: endpoint.address ?? targetAddress(endpoint.host, port, identity),
    path: labels['__metrics_path__'] ?? job.metricsPath,
    allowedPaths: job.allowedPaths,
    passthrough: job.passthrough,
    exporter: find({ scheme, host: endpoint.host, port, tls: job.tls, credentials: job.credentials }),
    // The agent speaks TLS with exporters itself; to a scraper they are plain http unless it has to reach through.
    labels: { ...labels, __scheme__: job.passthrough ? 'https' : 'http' },
  };
}

function jobLabels(job: Job): Labels {
  const params = Object.entries(job.params).map(([name, value]): [string, string] => [`__param_${name}`, value]);
  return {
    job: job.name,
    __metrics_path__: job.metricsPath,
    __scheme__: job.scheme,
    ...Object.fromEntries(params),
    ...intervalLabels(job),
  };
}

/**
 * An interval below the timeout of the central Prometheus would make it refuse the target, so a timeout always goes with it:
 * the one that Prometheus would take for such a job.
 */
function intervalLabels({ scrapeInterval, scrapeTimeout }: Job): Labels {
  const intervalMs = parseDuration(scrapeInterval ?? '') ?? Infinity;
  const usualTimeout = formatDuration(Math.min(DEFAULT_SCRAPE_TIMEOUT_MS, intervalMs));
  const timeout = scrapeTimeout ?? (scrapeInterval === undefined ? undefined : usualTimeout);
  return {
    ...(scrapeInterval === undefined ? {} : { __scrape_interval__: scrapeInterval }),
    ...(timeout === undefined ? {} : { __scrape_timeout__: timeout }),
  };
}
