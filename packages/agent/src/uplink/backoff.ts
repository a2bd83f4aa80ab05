// How long to wait before the next attempt to connect. Chance is handed in; no timer and no clock here.

import { FIRST_BACKOFF_MS, MAX_BACKOFF_MS, REFUSED_RETRY_MS } from '../limits.ts';

const REFUSED_JITTER = 0.1;

export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` gives numbers from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds to wait after a further failure: anywhere from 0 to a bound that doubles ("full jitter"). */
  afterFailure(): number {
    const boundMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
    this.#failures += 1;
    return this.#random() * boundMs;
  }

  /** Milliseconds to wait after a refusal that only an operator, or the end of another agent, can lift: about a minute. */
  afterRefusal(): number {
    return REFUSED_RETRY_MS * (1 + REFUSED_JITTER * (2 * this.#random() - 1));
  }

  /** A tunnel has proved that it lives. Not to be called earlier, or one that breaks at once would be dialled without pause. */
  reset(): void {
    this.#failures = 0;
  }
}
