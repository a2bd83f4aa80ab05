// Which targets fail, so that a log has one line when a target begins to fail and one when it answers again, not one for each scrape.

import { reasonPhrase } from '@pullway/shared/http/reason-phrase';
import type { Logger } from '@pullway/shared/runtime/logger';
import { OUTCOMES, type Outcome } from './outcomes.ts';
import type { ScrapeEnd } from './scrape.ts';

/** Most targets remembered; beyond it the oldest are forgotten, and may be reported again. */
const MAX_FAILING = 10_000;

/** Longest path that is remembered and logged, in characters: scrapers may ask for 90 KiB of path, and whoever asks chooses it. */
const MAX_PATH_LENGTH = 256;

export class FailingTargets {
  readonly #logger: Logger;
  readonly #failing = new Map<string, Outcome>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Takes note of how a scrape of `address` and `path` ended. */
  note(address: string, path: string, { outcome, reason }: ScrapeEnd): void {
    if (outcome === 'answered') return this.#recovered(address, path);
    // How a stranger is refused says nothing of the target, and must not fill the log; it is counted.
    if (outcome === 'scraper_gone' || outcome === 'scraper_unauthenticated') return;
    const key = keyOf(address, path);
    if (this.#failing.get(key) === outcome) return;
    this.#forgetOldest();
    this.#failing.set(key, outcome);
    const fields = { address, path: shorten(path), outcome, reason: reasonPhrase(reason) };
    this.#logger[OUTCOMES[outcome].level](fields, 'target fails');
  }

  #recovered(address: string, path: string): void {
    if (this.#failing.size === 0 || !this.#failing.delete(keyOf(address, path))) return;
    this.#logger.info({ address, path: shorten(path) }, 'target answers again');
  }

  #forgetOldest(): void {
    if (this.#failing.size < MAX_FAILING) return;
    for (const key of this.#failing.keys()) {
      this.#failing.delete(key);
      return;
    }
  }
}

/** Copied: a slice would keep the whole request target alive. */
function keyOf(address: string, path: string): string {
  return Buffer.from(`${address} ${shorten(path)}`, 'latin1').toString('latin1');
}

function shorten(text: string): string {
  return text.length > MAX_PATH_LENGTH ? `${text.slice(0, MAX_PATH_LENGTH)}...` : text;
}
