// Which of several tunnels gets a scrape: the one with the fewest exchanges in flight, among those that have room.

import type { Serving } from '../fleet/routes.ts';
import type { Diagnosis } from './outcomes.ts';

/** The best of `candidates` that is not in `tried`; undefined when none has room. */
export function chooseServing(candidates: readonly Serving[], tried: readonly Serving[]): Serving | undefined {
  let best: Serving | undefined;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const { session } = candidate.connection.tunnel;
    if (!session.hasRoom || isTried(candidate, tried) || session.openExchanges >= fewest) continue;
    fewest = session.openExchanges;
    best = candidate;
  }
  return best;
}

/** What a scraper is told when none of `candidates` has room. An agent that leaves, or a tunnel that is being closed, takes nothing new at all. */
export function diagnoseNoRoom(candidates: readonly Serving[]): Diagnosis {
  const staying = candidates.find(({ connection }) => !connection.isDraining && !connection.tunnel.session.isLost);
  const connection = (staying ?? candidates[0])?.connection;
  const agent = connection?.name ?? '';
  if (staying !== undefined) {
    const reason = `agent ${agent} already has ${staying.connection.openExchanges} scrapes in flight`;
    return { outcome: 'agent_busy', reason };
  }
  const reason =
    connection?.isDraining === true ? `agent ${agent} is stopping` : `the tunnel to agent ${agent} is closing`;
  return { outcome: 'agent_gone', reason };
}

function isTried(candidate: Serving, tried: readonly Serving[]): boolean {
  return tried.some(({ connection }) => connection === candidate.connection);
}
