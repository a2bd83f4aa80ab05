// An address belongs to one cluster: whoever may speak for one cluster must not answer scrapes that are meant for another, with the
// credentials that those carry.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { Logger } from '@pullway/shared/runtime/logger';
import type { AgentConnection } from './agent-connection.ts';
import type { FleetMetrics } from './fleet-metrics.ts';
import type { Routes } from './routes.ts';

/** Addresses that a line of the log names. */
const MAX_NAMED = 5;

export interface ForeignTargetPorts {
  readonly routes: Routes;
  readonly logger: Logger;
  readonly metrics: FleetMetrics;
}

/** `targets` without those at addresses of other clusters, which `connection` from then on does not serve. */
export function refuseForeign(
  connection: AgentConnection,
  targets: readonly AnnouncedTarget[],
  { routes, logger, metrics }: ForeignTargetPorts,
): readonly AnnouncedTarget[] {
  const isForeign = ({ address }: AnnouncedTarget): boolean => routes.isHeldByOther(address, connection.cluster);
  const foreign = targets.filter(isForeign);
  if (foreign.length === 0) return targets;
  for (const target of foreign) connection.refuse(target);
  metrics.targetsRefused(foreign.length);
  const addresses = [...new Set(foreign.map(({ address }) => address))].slice(0, MAX_NAMED);
  const { name: agent, cluster } = connection;
  logger.warn(
    { agent, cluster, targets: foreign.length, addresses },
    'targets left out, their addresses belong to another cluster',
  );
  const refused = new Set(foreign);
  return targets.filter((target) => !refused.has(target));
}
