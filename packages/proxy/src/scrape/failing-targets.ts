// Which targets fail, so that a log has one line when a target begins to fail and one when it answers again, not one for each scrape.

import type { Logger } from '@pullway/shared/runtime/logger';
import { OUTCOMES, type Outcome } from './outcomes.ts';
import type { ScrapeEnd } from './scrape.ts';

/** Most targets remembered; beyond it the oldest are forgotten, and may be reported again. */
const MAX_FAILING = 10_000;

export class FailingTargets {
  readonly #logger: Logger;
  readonly #failing = new Map<string, Outcome>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Takes note of how a scrape of `address` and `path` ended. */
  note(address: string, path: string, { outcome, reason }: ScrapeEnd): void {
    if (outcome === 'answered') return this.#recovered(address, path);
    if (outcome === 'scraper_gone') return;
    const key = `${address} ${path}`;
    if (this.#failing.get(key) === outcome) return;
    this.#forgetOldest();
    this.#failing.set(key, outcome);
    this.#logger[OUTCOMES[outcome].level]({ address, path, outcome, reason }, 'target fails');
  }

  #recovered(address: string, path: string): void {
    if (this.#failing.size === 0 || !this.#failing.delete(`${address} ${path}`)) return;
    this.#logger.info({ address, path }, 'target answers again');
  }

  #forgetOldest(): void {
    if (this.#failing.size < MAX_FAILING) return;
    for (const key of this.#failing.keys()) {
      this.#failing.delete(key);
      return;
    }
  }
}
