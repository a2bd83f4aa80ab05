// What the path of a scrape tells whoever counts. Called for every scrape, so it must cost next to nothing.

import type { Outcome, Refusal } from './outcomes.ts';

export interface ScrapeMetrics {
  /** A scrape goes to an agent. */
  started(): void;
  /** It is over, however; pairs with started(). */
  finished(outcome: Outcome, cluster: string, durationMs: number, bodyBytes: number): void;
  /** A scrape or CONNECT was answered without any agent. */
  refused(outcome: Refusal): void;
}

export interface StreamMetrics {
  /** A byte stream was asked of an agent. */
  streamStarted(): void;
  /** It is over, however; pairs with streamStarted(). */
  streamFinished(outcome: Outcome): void;
}
