// Reloading the configuration: one at a time, asked for by signals, requests and changed files; a bad file changes nothing.

import { errorMessage, type Logger } from './logger.ts';

export type ReloadCause = 'signal' | 'request' | 'file change';

export interface ReloadState {
  readonly lastReloadSuccessful: boolean;
  /** Seconds since the epoch. */
  readonly lastSuccessTimestamp: number;
}

export class Reloading {
  readonly #load: () => Promise<void>;
  readonly #logger: Logger;
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #state: ReloadState = { lastReloadSuccessful: true, lastSuccessTimestamp: Date.now() / 1000 };

  /** `load` reads and applies the configuration, or throws and leaves everything as it was. */
  constructor(load: () => Promise<void>, logger: Logger) {
    this.#load = load;
    this.#logger = logger;
  }

  get state(): ReloadState {
    return this.#state;
  }

  /** Reloads after the reload that may be running; requests that wait share one. @throws what `load` throws. */
  reload(cause: ReloadCause): Promise<void> {
    this.#waiting ??= this.#running.then(
      () => this.#reloadNow(cause),
      () => this.#reloadNow(cause),
    );
    return this.#waiting;
  }

  /** The same for causes to which nobody answers; the log has the fault. */
  reloadInBackground(cause: ReloadCause): void {
    this.reload(cause).catch(() => {});
  }

  #reloadNow(cause: ReloadCause): Promise<void> {
    this.#waiting = undefined;
    this.#running = this.#attempt(cause);
    return this.#running;
  }

  async #attempt(cause: ReloadCause): Promise<void> {
    try {
      await this.#load();
      this.#state = { lastReloadSuccessful: true, lastSuccessTimestamp: Date.now() / 1000 };
      this.#logger.info({ cause }, 'configuration reloaded');
    } catch (error) {
      this.#state = { ...this.#state, lastReloadSuccessful: false };
      this.#logger.error(
        { cause, error: errorMessage(error) },
        'configuration not reloaded; the old one stays in force',
      );
      throw error;
    }
  }
}
