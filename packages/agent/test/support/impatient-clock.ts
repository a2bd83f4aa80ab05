// A clock for code that waits between attempts: waiting takes one turn of the event loop, and time moves on by what was waited for.

import type { Clock, Timer } from '@pullway/shared/runtime/clock';

export class ImpatientClock implements Clock {
  #now = 0;
  /** What was waited for, in milliseconds, in order. */
  readonly waits: number[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): Timer {
    const immediate = setImmediate(() => {
      this.#now += delayMs;
      this.waits.push(delayMs);
      run();
    });
    return { cancel: () => clearImmediate(immediate) };
  }

  every(): Timer {
    throw new Error('an impatient clock would do nothing else');
  }
}
