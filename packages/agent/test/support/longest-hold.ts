// How long the event loop is held, by a simulated clock that the work itself moves on: so the answer does not depend on the machine.

import type { TestContext } from 'node:test';
import type { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';

export class LongestHold {
  readonly #clock: SimulatedClock;
  readonly #onTurn: () => void;
  #turnAt: number;
  #longestMs = 0;

  /** Watches until the end of the test. `onTurn`: called at each turn of the event loop. */
  constructor(t: TestContext, clock: SimulatedClock, onTurn: () => void = () => {}) {
    this.#clock = clock;
    this.#onTurn = onTurn;
    this.#turnAt = clock.now();
    let next = setImmediate(() => turn());
    const turn = (): void => {
      this.#look();
      next = setImmediate(turn);
    };
    t.after(() => clearImmediate(next));
  }

  /** Most time that passed between two turns of the event loop, in milliseconds. */
  get longestMs(): number {
    this.#look();
    return this.#longestMs;
  }

  /** Forgets what was before: a test moved the clock on. */
  reset(): void {
    this.#turnAt = this.#clock.now();
    this.#longestMs = 0;
  }

  #look(): void {
    this.#longestMs = Math.max(this.#longestMs, this.#clock.now() - this.#turnAt);
    this.#turnAt = this.#clock.now();
    this.#onTurn();
  }
}
