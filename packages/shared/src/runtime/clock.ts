// Time as a capability: what waits or measures is handed a clock, so that tests can hand in a simulated one.

export interface Timer {
  /** Idempotent. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds that never go back; the origin means nothing. */
  now(): number;
  /** Calls `run` once after `delayMs`, at most 24.8 days. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` every `periodMs`; does not keep the process alive. */
  every(periodMs: number, run: () => void): Timer;
}

/** Node fires at once, with a warning, when a delay has more than 31 bits. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, MAX_DELAY_MS));
    return { cancel: () => clearTimeout(timer) };
  },
  every: (periodMs, run) => {
    const timer = setInterval(run, Math.min(periodMs, MAX_DELAY_MS));
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
};
