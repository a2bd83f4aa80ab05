// How long changes of a cluster take until service discovery of the proxy shows them. Targets carry the moment of their last change.

import { setTimeout as pause } from 'node:timers/promises';
import { Latencies } from './latencies.ts';

export interface ListedTarget {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The label that the agent's relabelling makes of the pods' own. */
const CHANGED_AT = 'changed_at';

/** Between two looks, in milliseconds; a delay is known that well. */
const LOOK_EVERY_MS = 100;

export class ChangeDelays {
  readonly #url: string;
  readonly #seen = new Map<string, string>();

  /** `url`: a list of service discovery. */
  constructor(url: string) {
    this.#url = url;
  }

  /** What the list has now. @throws Error when the answer is no list. */
  async look(): Promise<readonly ListedTarget[]> {
    const answer = await fetch(this.#url);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${this.#url} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }

  /** Looks again and again for `durationMs`. @returns the delays of changes that appeared meanwhile */
  async measure(durationMs: number): Promise<Latencies> {
    const delays = new Latencies();
    this.#add(await this.look(), new Latencies());
    const endsAt = performance.now() + durationMs;
    while (performance.now() < endsAt) {
      await pause(LOOK_EVERY_MS);
      this.#add(await this.look(), delays);
    }
    return delays;
  }

  #add(list: readonly ListedTarget[], delays: Latencies): void {
    const now = Date.now();
    for (const { targets, labels } of list) {
      const [address = ''] = targets;
      const changedAt = labels[CHANGED_AT] ?? '0';
      if (changedAt === '0' || this.#seen.get(address) === changedAt) continue;
      this.#seen.set(address, changedAt);
      delays.add(now - Number(changedAt));
    }
  }
}
