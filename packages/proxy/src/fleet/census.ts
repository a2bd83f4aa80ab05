// Agents and targets counted by cluster, for metrics.

import type { AgentConnection } from './agent-connection.ts';

export interface Census {
  readonly agents: number;
  readonly targets: number;
  /** Targets among them that are not served, since their addresses belong to another cluster. */
  readonly leftOut: number;
}

/** Counts an agent once, however many tunnels it has while it reconnects; its newest one counts. */
export function census(connections: Iterable<AgentConnection>): ReadonlyMap<string, Census> {
  const agents = new Map<string, AgentConnection>();
  for (const connection of connections) agents.set(`${connection.cluster}/${connection.name}`, connection);
  const clusters = new Map<string, Census>();
  for (const { cluster, tunnel, refusedTargets } of agents.values()) {
    const { agents: count, targets, leftOut } = clusters.get(cluster) ?? { agents: 0, targets: 0, leftOut: 0 };
    const announced = tunnel.session.targets.size;
    clusters.set(cluster, { agents: count + 1, targets: targets + announced, leftOut: leftOut + refusedTargets });
  }
  return clusters;
}
