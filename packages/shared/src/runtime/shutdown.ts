// The life of a program: start, wait for a signal, stop. Exit codes: 0 after a clean stop, 1 after a fault, 2 for configuration.
// It does not touch `process`; main.ts hands in what it needs of it.

import { ConfigError } from '../config/faults.ts';
import { errorMessage, type Logger } from './logger.ts';

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

interface LifeOptions {
  readonly process: ProcessPort;
  readonly logger: Logger;
  /** Time that a stop may take before what still runs is cut, in milliseconds. */
  readonly graceMs: number;
  readonly start: () => Promise<Running>;
}

/** Starts the program and keeps it until SIGTERM or SIGINT; a second signal cuts the grace short. */
export async function runProgram({ process, logger, graceMs, start }: LifeOptions): Promise<void> {
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    logger.error({ error }, 'cannot start');
    return process.exit(error instanceof ConfigError ? 2 : 1);
  }
  process.onSignal('SIGHUP', () => running.reload());
  const cut = new AbortController();
  let isStopping = false;
  const stop = (signal: StopSignal): void => {
    if (isStopping) return cut.abort(new Error(`a second ${signal}`));
    isStopping = true;
    logger.info({ signal }, 'stopping');
    void closeInTime(running, cut, graceMs).then(
      () => {
        logger.info({}, 'stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ error: errorMessage(error) }, 'stopped with a fault');
        process.exit(1);
      },
    );
  };
  process.onSignal('SIGTERM', () => stop('SIGTERM'));
  process.onSignal('SIGINT', () => stop('SIGINT'));
}

async function closeInTime(running: Running, cut: AbortController, graceMs: number): Promise<void> {
  const timer = setTimeout(() => cut.abort(new Error('the grace time is over')), graceMs);
  try {
    await running.close({ signal: cut.signal });
  } finally {
    clearTimeout(timer);
  }
}
