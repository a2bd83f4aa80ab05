// All targets that the agent's configuration finds. Further kinds of discovery join here.

import { ConfigError } from '@pullway/shared/config/faults';
import type { Job } from '../config/job.ts';
import type { AgentIdentity } from '../targets/address.ts';
import { arrangeTargets } from '../targets/arrangement.ts';
import type { FindExporter } from '../targets/exporters.ts';
import type { Target } from '../targets/target.ts';
import { staticTargets } from './static.ts';

/**
 * The targets that `jobs` write down.
 * @throws ConfigError when scrapers could not tell two of them apart: whoever wrote them has to choose.
 */
export function findTargets(jobs: readonly Job[], identity: AgentIdentity, find: FindExporter): readonly Target[] {
  const targets = jobs.flatMap((job) => staticTargets(job, identity, find));
  const { refused } = arrangeTargets(targets);
  if (refused.length > 0)
    throw new ConfigError(
      refused.map(({ message, target }) => ({ message: `job ${target.labels['job']}: ${message}` })),
    );
  return targets;
}
