// What a scraper is told when the routing table has nobody for its request.

import type { Routing } from '../fleet/routes.ts';
import type { Diagnosis } from './outcomes.ts';

const MAX_PATHS_NAMED = 5;

/** The diagnosis for a `routing` that leads nowhere. */
export function diagnoseRouting(
  routing: Exclude<Routing, { readonly kind: 'served' }>,
  address: string,
  path: string,
): Diagnosis {
  switch (routing.kind) {
    case 'unknown':
      return { outcome: 'unknown_target', reason: `no agent has announced ${address}` };
    case 'departed': {
      const seconds = Math.round(routing.sinceMs / 1000);
      return { outcome: 'agent_gone', reason: `agent ${routing.agent} disconnected ${seconds}s ago` };
    }
    case 'not_exposed':
      return { outcome: 'not_exposed', reason: `${address} exposes ${namePaths(routing.paths)}, not ${path}` };
  }
}

function namePaths(paths: readonly string[]): string {
  const named = paths.slice(0, MAX_PATHS_NAMED).join(', ');
  return paths.length > MAX_PATHS_NAMED ? `${named} and ${paths.length - MAX_PATHS_NAMED} more` : named;
}
