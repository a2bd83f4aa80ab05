// Flow control of one exchange: what may still be sent, what the peer may still send, and how a receive window grows.
// Time is a number handed in; nothing here knows frames.

import {
  FIRST_WINDOW_BYTES,
  FIRST_WINDOWS_TOGETHER_BYTES,
  GROWTH_BUDGET_BYTES,
  MAX_WINDOW_BYTES,
  WINDOW_BYTES_PER_ROUND_TRIP_MS,
} from './limits.ts';
import { ProtocolError } from './protocol-error.ts';

const MAX_CREDIT_BYTES = 2 ** 31;

/** Bytes that this end may still send; the peer adds to it. */
export class SendCredit {
  #available: number;

  /** @throws ProtocolError when the peer offers more than any window can hold. */
  constructor(windowBytes: number) {
    this.#available = 0;
    this.grant(windowBytes);
  }

  get available(): number {
    return this.#available;
  }

  /** @throws ProtocolError when the peer grants more than any window can hold. */
  grant(bytes: number): void {
    this.#available += bytes;
    if (this.#available > MAX_CREDIT_BYTES) throw new ProtocolError('credit beyond any window');
  }

  spend(bytes: number): void {
    this.#available -= bytes;
  }
}

/** First window of each exchange of a tunnel that carries up to `maxExchanges`, in bytes: 16 to 256 KiB. */
export function firstWindowBytes(maxExchanges: number): number {
  return Math.min(FIRST_WINDOW_BYTES, Math.floor(FIRST_WINDOWS_TOGETHER_BYTES / maxExchanges));
}

/** The bytes by which all receive windows of one tunnel together may grow. */
export class GrowthBudget {
  #left = GROWTH_BUDGET_BYTES;

  /** Takes up to `bytes`, and says how many it got. */
  take(bytes: number): number {
    const taken = Math.min(bytes, this.#left);
    this.#left -= taken;
    return taken;
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
  }

  /** Bytes not taken; all of them again once every exchange is over. */
  get left(): number {
    return this.#left;
  }
}

/** What one exchange may receive before its consumer has read. */
export class ReceiveWindow {
  readonly #budget: GrowthBudget;
  #size: number;
  #grown = 0;
  #expected: number;
  #consumedSinceGrant = 0;
  #lastGrantAt: number;

  constructor(firstBytes: number, budget: GrowthBudget, now: number) {
    this.#budget = budget;
    this.#size = firstBytes;
    this.#expected = firstBytes;
    this.#lastGrantAt = now;
  }

  /** Size of the window in bytes; the first one is sent with the frame that opens the direction. */
  get size(): number {
    return this.#size;
  }

  /** @throws ProtocolError when the peer sends more than it was granted. */
  received(bytes: number): void {
    if (bytes > this.#expected) throw new ProtocolError(`${bytes - this.#expected} bytes more than granted`);
    this.#expected -= bytes;
  }

  /**
   * The consumer has read `bytes`. Returns the credit to grant now: 0 until half a window was read.
   *
   * The window doubles when half of it went by in less than two round trips: then the window, and not the consumer, is what
   * holds the sender back. The *smallest* round trip counts, or a queue of our own making would look like distance.
   */
  consumed(bytes: number, now: number, minRoundTripMs: number | undefined): number {
    this.#consumedSinceGrant += bytes;
    if (this.#consumedSinceGrant * 2 < this.#size) return 0;
    const isHeldBack = minRoundTripMs !== undefined && now - this.#lastGrantAt < 2 * minRoundTripMs;
    const growth = isHeldBack ? this.#budget.take(this.#roomToGrow(minRoundTripMs)) : 0;
    const credit = this.#consumedSinceGrant + growth;
    this.#size += growth;
    this.#grown += growth;
    this.#expected += credit;
    this.#consumedSinceGrant = 0;
    this.#lastGrantAt = now;
    return credit;
  }

  /** Once again its size, within what the round trip is worth. */
  #roomToGrow(minRoundTripMs: number): number {
    const largest = Math.min(MAX_WINDOW_BYTES, Math.floor(minRoundTripMs * WINDOW_BYTES_PER_ROUND_TRIP_MS));
    return Math.max(0, Math.min(this.#size, largest - this.#size));
  }

  /** Gives what it grew by back to the tunnel's budget. Idempotent. */
  close(): void {
    this.#budget.giveBack(this.#grown);
    this.#grown = 0;
  }
}
