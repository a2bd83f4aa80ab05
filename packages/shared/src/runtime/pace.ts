// Long work cut into units, so that nothing else that the process does waits for longer than a slice of time and one unit.
// Work is a generator that yields after each unit; it does not know who drives it, nor how long a slice is.

import type { Clock } from './clock.ts';

/** Yields where it may be interrupted. What lies between two yields has a bound, and takes some hundred microseconds at most. */
export type Work<T> = Generator<void, T>;

/** Those whose slice is over. Each goes on in a turn of its own: ten of them in one would hold everything else up for ten slices. */
const waiting: (() => void)[] = [];

/** Steps that make a unit where each takes less than a microsecond: to yield costs about as much. */
export const STEPS_PER_UNIT = 100;

export class Pace {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #sliceMs: number;
  #sliceEndsAt = -Infinity;

  constructor(clock: Pick<Clock, 'now'>, sliceMs: number) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
  }

  /**
   * Drives `work` to its end, with a turn of the event loop after each slice.
   * @returns undefined when `signal` fired before: `work` is left where it is
   */
  async run<T>(work: Work<T>, signal?: AbortSignal): Promise<T | undefined> {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      if (this.#clock.now() < this.#sliceEndsAt) continue;
      // oxlint-disable-next-line no-await-in-loop -- slices
      await this.#nextSlice();
      if (signal?.aborted === true) return undefined;
    }
  }

  /** After a unit of what cannot be written as such work: a turn of the event loop when the slice is over. */
  async breathe(): Promise<void> {
    if (this.#clock.now() >= this.#sliceEndsAt) await this.#nextSlice();
  }

  async #nextSlice(): Promise<void> {
    await ownTurn();
    this.#sliceEndsAt = this.#clock.now() + this.#sliceMs;
  }
}

/** Resolves in a turn of the event loop in which nobody else begins a slice; first come, first served. */
function ownTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(beginNext);
  });
}

function beginNext(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(beginNext);
}

/** Does all of `work` at once. */
export function finish<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** A unit of `make` for each of `items`. */
export function* mapInUnits<Item, Result>(items: Iterable<Item>, make: (item: Item) => Result): Work<Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    results.push(make(item));
    yield;
  }
  return results;
}
