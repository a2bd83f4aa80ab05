// A job: targets that are reached in the same way, as one entry of `scrape_configs` or one `--target` says it.
// Plain data, the same for whatever finds targets. It must not know YAML.

import type { Note } from '@pullway/shared/config/faults';
import type { Labels } from '@pullway/shared/protocol/announcement';
import type { RelabelRule } from '../discovery/relabel/rule.ts';
import type { TargetGroup } from '../discovery/target-group.ts';
import type { CredentialSources } from '../targets/exporters.ts';
import type { ExporterTls } from '../targets/target.ts';
import type { DiscoveryConfig } from './discovery-config.ts';

/** Where something listens. */
export interface Endpoint {
  /** IPv6 without brackets. */
  readonly host: string;
  /** Undefined: what is usual for the scheme. */
  readonly port: number | undefined;
}

export interface Job {
  readonly name: string;
  readonly scheme: 'http' | 'https';
  /** Begins with `/`, has no query; empty: `/`. */
  readonly metricsPath: string;
  /** Query parameters, without the `__param_` of their labels. */
  readonly params: Labels;
  readonly tls: ExporterTls;
  readonly credentials: CredentialSources;
  /** Scrapers speak TLS with the exporters themselves. */
  readonly passthrough: boolean;
  readonly allowedPaths: readonly string[];
  /** As a Prometheus duration, for the scraper; undefined: the scraper's own. */
  readonly scrapeInterval: string | undefined;
  readonly scrapeTimeout: string | undefined;
  /** `static_configs`. */
  readonly staticGroups: readonly TargetGroup[];
  /** `file_sd_configs` and `kubernetes_sd_configs`. */
  readonly discoveries: readonly DiscoveryConfig[];
  readonly relabelRules: readonly RelabelRule[];
}

export interface LoadedJobs {
  readonly jobs: readonly Job[];
  /** Files that were read; when one changes, the jobs have to be loaded again. */
  readonly files: readonly string[];
  /** What to tell whoever wrote them. */
  readonly notes: readonly Note[];
}
