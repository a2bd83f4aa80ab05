// Liveness of a tunnel: when to ask, when to give up, and the round trip time as a by-product. Time is handed in.

import { DEAD_AFTER_MS, PING_AFTER_MS } from './limits.ts';

export type Liveness = 'alive' | 'ask' | 'dead';

export class Keepalive {
  #lastReceivedAt: number;
  #askedAt: number | undefined;
  #minRoundTripMs: number | undefined;

  constructor(now: number) {
    this.#lastReceivedAt = now;
  }

  /** Smallest round trip seen, in milliseconds. */
  get minRoundTripMs(): number | undefined {
    return this.#minRoundTripMs;
  }

  /** Milliseconds since the peer was last heard. */
  silentForMs(now: number): number {
    return now - this.#lastReceivedAt;
  }

  received(now: number): void {
    this.#lastReceivedAt = now;
  }

  asked(now: number): void {
    this.#askedAt = now;
  }

  answered(now: number): void {
    if (this.#askedAt === undefined) return;
    const roundTripMs = now - this.#askedAt;
    this.#askedAt = undefined;
    this.#minRoundTripMs = Math.min(this.#minRoundTripMs ?? roundTripMs, roundTripMs);
  }

  /** What to do now: ask once per silence of PING_AFTER_MS, give up after DEAD_AFTER_MS. */
  check(now: number): Liveness {
    const silentMs = this.silentForMs(now);
    if (silentMs >= DEAD_AFTER_MS) return 'dead';
    const wasAsked = this.#askedAt !== undefined && this.#askedAt > this.#lastReceivedAt;
    return silentMs >= PING_AFTER_MS && !wasAsked ? 'ask' : 'alive';
  }
}
