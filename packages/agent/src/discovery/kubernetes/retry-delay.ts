// How long to leave an API server alone after a failure. Chance is handed in; no timer and no clock here.

import { FIRST_API_BACKOFF_MS, MAX_API_BACKOFF_MS, MAX_API_REFUSED_BACKOFF_MS } from '../../limits.ts';
import type { ApiError } from './api-error.ts';

/**
 * Milliseconds before the next attempt, after `failures` others without success in between: anywhere from 0 to a bound that doubles ("full
 * jitter", so that the agents of all nodes do not come back at once), on top of what the server itself asks for.
 */
export function retryDelayMs(fault: ApiError, failures: number, random: () => number): number {
  const mostMs = isForOperators(fault) ? MAX_API_REFUSED_BACKOFF_MS : MAX_API_BACKOFF_MS;
  return (fault.retryAfterMs ?? 0) + random() * Math.min(mostMs, FIRST_API_BACKOFF_MS * 2 ** failures);
}

/** Time alone does not heal these. */
function isForOperators({ code }: ApiError): boolean {
  return code === 'unauthorized' || code === 'forbidden' || code === 'not_found';
}
