// What the path of a scrape tells whoever counts. Called for every scrape, so it must cost next to nothing.

import type { FailureCode } from '@pullway/shared/protocol/frames';

/** `cancelled`: the proxy no longer wanted the answer. */
export type ScrapeOutcome = 'answered' | 'cancelled' | FailureCode;

export interface ScrapeMetrics {
  /** A scrape or byte stream was asked for. */
  started(): void;
  /** It is over, however; pairs with started(). */
  finished(outcome: ScrapeOutcome, durationMs: number, bodyBytes: number): void;
}
