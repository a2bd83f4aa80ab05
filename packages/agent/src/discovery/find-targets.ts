// What comes of the targets that are written down in jobs, for who checks a configuration without running it.

import { hideUserinfo } from '@pullway/shared/http/userinfo';
import type { Job } from '../config/job.ts';
import type { AgentIdentity } from '../targets/address.ts';
import type { FindExporter } from '../targets/exporters.ts';
import type { Target } from '../targets/target.ts';
import { groupTargets } from './group-targets.ts';

export interface WrittenTargets {
  /** Without those that relabelling drops. */
  readonly targets: readonly Target[];
  /** Why targets are left out that nobody could scrape. They are no reason to refuse a file: Prometheus does not, either. */
  readonly leftOut: readonly string[];
}

export function findTargets(jobs: readonly Job[], identity: AgentIdentity, find: FindExporter): WrittenTargets {
  const found = jobs.flatMap((job) =>
    job.staticGroups.map((group) => ({ job, ...groupTargets(group, { job, identity, find }) })),
  );
  return {
    targets: found.flatMap(({ kept }) => kept),
    leftOut: found.flatMap(({ job, unusable }) =>
      unusable.map(
        ({ labels, message }) =>
          `job ${job.name}: target ${hideUserinfo(labels['__address__'] ?? '')} is left out: ${message}`,
      ),
    ),
  };
}
