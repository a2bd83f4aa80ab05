// Which of several tunnels gets a scrape: the one with the fewest exchanges in flight, among those that have room.

import type { Serving } from '../fleet/routes.ts';

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

function isTried(candidate: Serving, tried: readonly Serving[]): boolean {
  return tried.some(({ connection }) => connection === candidate.connection);
}
