// Liveness of a tunnel: when to ask, when to give up, and the round trip time as a by-product. Time is handed in.

import { DEAD_AFTER_MS, PING_AFTER_MS } from './limits.ts';

export type Liveness = 'alive' | 'ask' | 'dead';

export class Keepalive {
  #lastReceivedAt: number;
  #askedAt: number | undefined;
  #isAnswered = true;
  #question = 0;
  #minRoundTripMs: number | undefined;

  constructor(now: number) {
    this.#lastReceivedAt = now;
  }

  /** Smallest round trip seen, in milliseconds. */
  get minRoundTripMs(): number | undefined {
    return this.#minRoundTripMs;
  }

  /** Whether the PONG of the last PING came; before that, a further PING would take the place of its measurement. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Milliseconds since the peer was last heard. */
  silentForMs(now: number): number {
    return now - this.#lastReceivedAt;
  }

  received(now: number): void {
    this.#lastReceivedAt = now;
  }

  /** A PING goes out. Returns the number that its PONG will carry. */
  asked(now: number): number {
    this.#askedAt = now;
    this.#isAnswered = false;
    this.#question += 1;
    return this.#question;
  }

  /** A PONG came. Only that of the last question tells a round trip: a late one would make it look shorter for good. */
  answered(question: number, now: number): void {
    if (this.#isAnswered || this.#askedAt === undefined || question !== this.#question) return;
    this.#isAnswered = true;
    const roundTripMs = now - this.#askedAt;
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
