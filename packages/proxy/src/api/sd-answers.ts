// Answers of service discovery by filter: made in slices, kept while the list is unchanged, shared by all who ask meanwhile.

import type { Clock } from '@pullway/shared/runtime/clock';
import type { SdEntry } from '../fleet/sd-entry.ts';
import type { SdList, SdSnapshot } from '../fleet/sd-list.ts';
import { eachInSlices, runInSlices, type Slices } from '../fleet/slices.ts';
import { MAX_SD_ANSWERS, MAX_SD_ANSWERS_BYTES } from '../limits.ts';
import { isWanted, type SdFilter } from './sd-filter.ts';
import type { SdMetrics } from './sd-metrics.ts';

export interface SdAnswer {
  readonly bytes: number;
  readonly chunks: readonly Buffer[];
}

interface Kept {
  readonly version: number;
  readonly answer: SdAnswer;
}

/** Groups that are turned into bytes together: some 100 KiB. */
const GROUPS_PER_CHUNK = 100;

export class SdAnswers {
  readonly #list: SdList;
  readonly #metrics: SdMetrics;
  readonly #clock: Clock;
  /** Least recently asked for first. */
  readonly #kept = new Map<string, Kept>();
  readonly #building = new Map<string, Promise<SdAnswer>>();
  #keptBytes = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(list: SdList, metrics: SdMetrics, clock: Clock) {
    this.#list = list;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** The answer as of now; undefined when too many different ones are being asked for. */
  async get(filter: SdFilter): Promise<SdAnswer | undefined> {
    const running = this.#building.get(filter.key);
    if (running !== undefined) return running;
    if (this.#building.size >= MAX_SD_ANSWERS) return undefined;
    // One after the other: the memory of a hundred answers in the making would be worse than waiting.
    const building = this.#last.then(() => this.#getNow(filter));
    this.#building.set(filter.key, building);
    this.#last = building.catch(() => {});
    try {
      return await building;
    } finally {
      this.#building.delete(filter.key);
    }
  }

  async #getNow(filter: SdFilter): Promise<SdAnswer> {
    const snapshot = await this.#list.snapshot();
    this.#metrics.sdListed(this.#list.size);
    const kept = this.#kept.get(filter.key);
    if (kept !== undefined) this.#drop(filter.key, kept);
    if (kept?.version === snapshot.version) {
      this.#keep(filter.key, kept);
      return kept.answer;
    }
    const startedAt = this.#clock.now();
    const answer = await runInSlices(build(snapshot, filter));
    this.#metrics.sdRebuilt(this.#clock.now() - startedAt);
    this.#keep(filter.key, { version: snapshot.version, answer });
    return answer;
  }

  #keep(key: string, kept: Kept): void {
    if (kept.answer.bytes > MAX_SD_ANSWERS_BYTES) return;
    this.#kept.set(key, kept);
    this.#keptBytes += kept.answer.bytes;
    for (const [oldest, other] of this.#kept) {
      if (this.#kept.size <= MAX_SD_ANSWERS && this.#keptBytes <= MAX_SD_ANSWERS_BYTES) return;
      this.#drop(oldest, other);
    }
  }

  #drop(key: string, { answer }: Kept): void {
    if (this.#kept.delete(key)) this.#keptBytes -= answer.bytes;
  }
}

function* build({ entries }: SdSnapshot, filter: SdFilter): Slices<SdAnswer> {
  const chunks: Buffer[] = [];
  let groups: string[] = [];
  let separator = '[';
  const flush = (end: string): void => {
    if (groups.length > 0) chunks.push(Buffer.from(`${separator}${groups.join(',')}${end}`));
    else if (end !== '') chunks.push(Buffer.from(`${separator === '[' ? '[' : ''}${end}`));
    groups = [];
    separator = ',';
  };
  yield* eachInSlices(entries, (entry: SdEntry) => {
    if (!isWanted(entry, filter)) return;
    groups.push(entry.text(filter.withMeta));
    if (groups.length === GROUPS_PER_CHUNK) flush('');
  });
  flush(']\n');
  return { chunks, bytes: chunks.reduce((sum, { length }) => sum + length, 0) };
}
