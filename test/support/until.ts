// Waits for what another process will bring about, by asking again.

import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 50;

/** Thrown by a probe when waiting longer is of no use. */
export class Hopeless extends Error {}

/**
 * The first value of `probe` that is not undefined. A probe that throws counts as "not yet", unless it throws Hopeless.
 * Throws after `timeoutMs` with `what` and the probe's last error as the cause.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      cause = error;
    }
    await pause(PAUSE_MS);
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause });
}
