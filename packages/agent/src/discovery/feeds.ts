// The mechanisms that jobs ask for: one for all that say the same, and who uses what it finds.
// It must not know when they are taken from, nor what becomes of the groups.

import type { DiscoveryConfig } from '../config/discovery-config.ts';
import type { Job } from '../config/job.ts';
import { Feed, type Subscriber } from './feed.ts';
import type { JobTargets } from './job-targets.ts';
import type { Mechanism } from './mechanism.ts';

export class Feeds {
  readonly #createMechanism: (config: DiscoveryConfig) => Promise<Mechanism>;
  readonly #feeds = new Map<string, Feed>();

  constructor(createMechanism: (config: DiscoveryConfig) => Promise<Mechanism>) {
    this.#createMechanism = createMechanism;
  }

  get all(): readonly Feed[] {
    return [...this.#feeds.values()];
  }

  /** Those that jobs use. */
  get used(): readonly Feed[] {
    return this.all.filter(({ subscribers }) => subscribers.length > 0);
  }

  /**
   * Those that `jobs` need and that are not there yet, to be added.
   * @throws ConfigError when one cannot be made
   */
  async createMissing(jobs: readonly Job[]): Promise<ReadonlyMap<string, Feed>> {
    const created = new Map<string, Feed>();
    for (const config of jobs.flatMap(({ discoveries }) => discoveries)) {
      const key = keyOf(config);
      if (this.#feeds.has(key) || created.has(key)) continue;
      // oxlint-disable-next-line no-await-in-loop -- they share what they load
      created.set(key, new Feed(await this.#createMechanism(config)));
    }
    return created;
  }

  add(created: ReadonlyMap<string, Feed>): void {
    for (const [key, feed] of created) this.#feeds.set(key, feed);
  }

  /** From now on feeds are there for `jobs` alone: what the n-th of them finds is for the n-th of `targets`. */
  subscribe(jobs: readonly Job[], targets: readonly JobTargets[]): void {
    const subscribers = new Map<string, Subscriber[]>();
    for (const [rank, { discoveries }] of jobs.entries()) {
      const job = targets[rank];
      if (job === undefined) continue;
      for (const [index, config] of discoveries.entries()) {
        const list = subscribers.get(keyOf(config)) ?? [];
        list.push({ job, name: `discovery/${index}` });
        subscribers.set(keyOf(config), list);
      }
    }
    for (const [key, feed] of this.#feeds) feed.subscribers = subscribers.get(key) ?? [];
  }

  /** Ends those without subscribers, except `kept`. */
  dropUnused(kept: ReadonlySet<Feed>): void {
    for (const [key, feed] of this.#feeds) {
      if (feed.subscribers.length > 0 || kept.has(feed)) continue;
      feed.mechanism.stop();
      this.#feeds.delete(key);
    }
  }

  stop(): void {
    for (const { mechanism } of this.#feeds.values()) mechanism.stop();
    this.#feeds.clear();
  }
}

function keyOf(config: DiscoveryConfig): string {
  return JSON.stringify(config);
}
