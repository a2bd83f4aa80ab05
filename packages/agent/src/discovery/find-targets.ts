// The targets that are written down in jobs. What else discovers them comes and goes while the agent runs.

import { ConfigError } from '@pullway/shared/config/faults';
import type { Job } from '../config/job.ts';
import type { AgentIdentity } from '../targets/address.ts';
import type { FindExporter } from '../targets/exporters.ts';
import type { Target } from '../targets/target.ts';
import { groupTargets } from './group-targets.ts';

/**
 * The targets that `jobs` write down, without those that relabelling drops.
 * @throws ConfigError when one of them cannot be scraped: Prometheus refuses such a file too.
 */
export function findTargets(jobs: readonly Job[], identity: AgentIdentity, find: FindExporter): readonly Target[] {
  const found = jobs.flatMap((job) =>
    job.staticGroups.map((group) => ({ job, ...groupTargets(group, { job, identity, find }) })),
  );
  const faults = found.flatMap(({ job, unusable }) =>
    unusable.map(({ message }) => ({ message: `job ${job.name}: ${message}` })),
  );
  if (faults.length > 0) throw new ConfigError(faults);
  return found.flatMap(({ kept }) => kept);
}
