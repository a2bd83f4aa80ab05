// Long work over lists, cut into slices with a turn of the event loop in between, so that no scrape waits for it.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Steps between two turns: a step takes 1 to 10 µs. */
const STEPS_PER_SLICE = 200;

/** Work that yields where it may be interrupted. */
export type Slices<T> = Generator<void, T>;

/** Runs `work` to its end, with a turn of the event loop at each yield. */
export async function runInSlices<T>(work: Slices<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

/** Hands on the items of `items` one by one, and yields to the event loop now and then. */
export function* eachInSlices<T>(items: Iterable<T>, visit: (item: T) => void): Slices<void> {
  let steps = 0;
  for (const item of items) {
    visit(item);
    steps += 1;
    if (steps % STEPS_PER_SLICE === 0) yield;
  }
}

type Compare<T> = (a: T, b: T) => number;

/** A sorted copy of `items`: short runs are sorted as they are, and merged. */
export function* sortInSlices<T>(items: readonly T[], compare: Compare<T>): Slices<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += STEPS_PER_SLICE) {
    runs.push(items.slice(start, start + STEPS_PER_SLICE).toSorted(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(yield* mergeInSlices(runs[index] ?? [], runs[index + 1] ?? [], compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

/** Merges two sorted lists. */
export function* mergeInSlices<T>(left: readonly T[], right: readonly T[], compare: Compare<T>): Slices<T[]> {
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l];
    const b = right[r];
    if (a !== undefined && (b === undefined || compare(a, b) <= 0)) {
      merged.push(a);
      l += 1;
    } else if (b !== undefined) {
      merged.push(b);
      r += 1;
    }
    if (merged.length % STEPS_PER_SLICE === 0) yield;
  }
  return merged;
}
