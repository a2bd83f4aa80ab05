// Scrapes of one target, one after the other, while something else goes on: the proof that nobody else noticed it.

import { Agent } from 'node:http';
import { scrape } from './scraper.ts';

export class SteadyScrapes {
  readonly #run: Promise<void>;
  readonly #failures: string[] = [];
  #answered = 0;
  #isStopped = false;

  /** Begins at once. */
  constructor(proxyPort: number, url: string) {
    this.#run = this.#scrapeOn(proxyPort, url);
  }

  /** @returns what went wrong; one line even when there was no scrape at all. */
  async stop(): Promise<readonly string[]> {
    this.#isStopped = true;
    await this.#run;
    return this.#answered === 0 ? [...this.#failures, 'no scrape was answered'] : this.#failures;
  }

  async #scrapeOn(proxyPort: number, url: string): Promise<void> {
    const agent = new Agent({ keepAlive: true });
    do {
      try {
        const { status, reason } = await scrape(proxyPort, url, { agent, timeoutSeconds: 30 });
        if (status === 200) this.#answered += 1;
        else this.#failures.push(`${status} ${reason}`);
      } catch (error) {
        this.#failures.push(String(error));
      }
    } while (!this.#isStopped);
    agent.destroy();
  }
}
