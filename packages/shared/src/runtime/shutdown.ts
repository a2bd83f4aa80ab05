// The life of a program: start, wait for a signal, stop. Exit codes: 0 after a clean stop, 1 after a fault, 2 for configuration.
// It does not touch `process`; main.ts hands in what it needs of it.

import { ConfigError, formatFault } from '../config/faults.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** Time between the cut and the end of the process, whatever still hangs, in milliseconds: a cut takes one turn of the loop. */
const CUT_TAKES_MS = 2_000;

export type StopSignal = 'SIGTERM' | 'SIGINT';

/** What a program needs of its process. */
export interface ProcessPort {
  /** Calls `run` at each of `signal`. */
  onSignal(signal: StopSignal | 'SIGHUP', run: () => void): void;
  /** Ends the process. */
  exit(code: number): void;
}

/** A program that was started. */
export interface Running {
  /** Drains, and cuts what is left when `signal` fires. */
  close(options: { readonly signal: AbortSignal }): Promise<void>;
  /** At SIGHUP. */
  reload(): void;
}

export interface LifeOptions {
  readonly process: ProcessPort;
  readonly logger: Logger;
  /** Time that a stop may take before what still runs is cut, in milliseconds. */
  readonly graceMs: number;
  readonly start: () => Promise<Running>;
  readonly clock?: Clock;
}

/**
 * Starts the program and keeps it until SIGTERM or SIGINT; a second signal cuts the grace short, a third one the process.
 * Resolves when the program has started or failed to; a stop that was asked for meanwhile follows the start.
 */
export async function runProgram(options: LifeOptions): Promise<void> {
  const { process, logger } = options;
  const life = new Life(options);
  // Before the start, because the default of all three signals is to kill.
  process.onSignal('SIGTERM', () => life.stop('SIGTERM'));
  process.onSignal('SIGINT', () => life.stop('SIGINT'));
  process.onSignal('SIGHUP', () => life.reload());
  try {
    life.started(await options.start());
  } catch (error) {
    logStartFault(logger, error);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}

function logStartFault(logger: Logger, error: unknown): void {
  if (!(error instanceof ConfigError)) return logger.error({ error }, 'cannot start');
  for (const fault of error.faults) logger.error({ fault: formatFault(fault) }, 'the configuration cannot be used');
}

class Life {
  readonly #options: LifeOptions;
  readonly #clock: Clock;
  readonly #cut = new AbortController();
  #running: Running | undefined;
  #stopSignal: StopSignal | undefined;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  started(running: Running): void {
    this.#running = running;
    if (this.#stopSignal !== undefined) void this.#close(running, this.#stopSignal);
  }

  /** A reload that comes before the start has ended asks for what the start does anyway. */
  reload(): void {
    if (this.#stopSignal === undefined) this.#running?.reload();
  }

  stop(signal: StopSignal): void {
    if (this.#cut.signal.aborted) return this.#options.process.exit(1);
    if (this.#stopSignal !== undefined) return this.#cut.abort(new Error(`a second ${signal}`));
    this.#stopSignal = signal;
    if (this.#running !== undefined) void this.#close(this.#running, signal);
  }

  async #close(running: Running, signal: StopSignal): Promise<void> {
    const { logger, process, graceMs } = this.#options;
    logger.info({ signal }, 'stopping');
    const grace = this.#clock.after(graceMs, () => this.#cut.abort(new Error('the grace time is over')));
    this.#endSoonAfterCut();
    try {
      await running.close({ signal: this.#cut.signal });
      logger.info({}, 'stopped');
      process.exit(0);
    } catch (error) {
      logger.error({ error }, 'stopped with a fault');
      process.exit(1);
    } finally {
      grace.cancel();
    }
  }

  #endSoonAfterCut(): void {
    const end = (): void => {
      this.#clock.after(CUT_TAKES_MS, () => {
        this.#options.logger.error({}, 'the program did not stop when it was cut');
        this.#options.process.exit(1);
      });
    };
    if (this.#cut.signal.aborted) end();
    else this.#cut.signal.addEventListener('abort', end, { once: true });
  }
}
