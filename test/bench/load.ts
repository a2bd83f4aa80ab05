// What a load program is told and what it tells, both as JSON.

import type { ProcessCost } from './cost-meter.ts';

/** One way to the exporter, and the answer that must come on it. */
export interface LoadRoute {
  readonly name: string;
  /** At 127.0.0.1. */
  readonly port: number;
  /** Request target in absolute form. */
  readonly url: string;
  readonly bodyBytes: number;
}

export interface LoadOrder {
  readonly routes: readonly LoadRoute[];
  /** `saturation`: so many scrapes are always in flight on each route. `rate`: so many are begun on each route in a second, whatever becomes of those before. */
  readonly load:
    | { readonly kind: 'saturation'; readonly inFlight: number }
    | { readonly kind: 'rate'; readonly perSecond: number };
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Processes whose cost is measured, by name. */
  readonly pids: Readonly<Record<string, number>>;
}

export interface RouteResult {
  readonly scrapes: number;
  /** Answers with another status or another length than expected. */
  readonly failures: number;
  readonly seconds: number;
  /** From the moment at which a scrape was due to its last byte, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadResult {
  readonly routes: Readonly<Record<string, RouteResult>>;
  readonly costs: Readonly<Record<string, ProcessCost>>;
}
