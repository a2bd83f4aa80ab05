// Waits until assertions hold that depend on other processes, by making them again.

import { until } from './until.ts';

export interface EventuallyOptions {
  /** Give it much more than it ever takes: two slow cores are shared by all programs of a test. In milliseconds. */
  readonly timeoutMs?: number;
}

/** Settles when `check` no longer throws; rejects after `timeoutMs` (10 s) with the last that it threw. `Hopeless` ends the wait. */
export async function eventually(
  check: () => Promise<void> | void,
  { timeoutMs = 10_000 }: EventuallyOptions = {},
): Promise<void> {
  let last: unknown;
  const probe = async (): Promise<true> => {
    try {
      await check();
      return true;
    } catch (error) {
      last = error;
      throw error;
    }
  };
  try {
    await until('an assertion to hold', probe, timeoutMs);
  } catch (error) {
    throw last ?? error;
  }
}
