// A clock for the pauses and the silences of one program at a time: short waits take one turn of the event loop, long ones never end.
// Pauses between attempts are short, what an API server may be silent for is long.

import type { Clock, Timer } from '@pullway/shared/runtime/clock';

/** Waits from here on are long, in milliseconds: the shortest silence is 30 s, the first pauses are a few seconds. */
const LONG_MS = 20_000;

export class BriskClock implements Clock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): Timer {
    if (delayMs >= LONG_MS) return { cancel: () => undefined };
    const immediate = setImmediate(() => {
      this.#now += delayMs;
      run();
    });
    return { cancel: () => clearImmediate(immediate) };
  }

  every(): Timer {
    throw new Error('a brisk clock would do nothing else');
  }
}
