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

/** What a scraper is told when none of `candidates` has room. An agent that leaves takes nothing new, however much room it has. */
export function diagnoseNoRoom(candidates: readonly Serving[]): Diagnosis {
  const staying = candidates.find(({ connection }) => !connection.isDraining);
  const agent = (staying ?? candidates[0])?.connection.name ?? '';
  if (staying === undefined) return { outcome: 'agent_gone', reason: `agent ${agent} is stopping` };
  const inFlight = staying.connection.openExchanges;
  return { outcome: 'agent_busy', reason: `agent ${agent} already has ${inFlight} scrapes in flight` };
}

function isTried(candidate: Serving, tried: readonly Serving[]): boolean {
  return tried.some(({ connection }) => connection === candidate.connection);
}
