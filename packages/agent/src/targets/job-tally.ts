// How many targets of each job are in which state: kept up with each change, since to count thousands whenever somebody asks would hold
// scrapes up.

/** Announced, or left out because scrapers could not tell it from another, or because it cannot be announced. */
export type TargetState = 'announced' | 'conflict' | 'unusable';

export type TargetCounts = Readonly<Record<TargetState, number>>;

const NONE: TargetCounts = { announced: 0, conflict: 0, unusable: 0 };

export class JobTally {
  readonly #counts = new Map<string, TargetCounts>();

  /** Each job with any target. */
  get jobs(): ReadonlyMap<string, TargetCounts> {
    return this.#counts;
  }

  /** `by` may be below 0. */
  add(job: string, state: TargetState, by: number): void {
    const counts = this.#counts.get(job) ?? NONE;
    this.#set(job, { ...counts, [state]: counts[state] + by });
  }

  /** Adds all that `other` counts, which may hold numbers below 0. */
  merge(other: JobTally): void {
    for (const [job, { announced, conflict, unusable }] of other.#counts) {
      const counts = this.#counts.get(job) ?? NONE;
      this.#set(job, {
        announced: counts.announced + announced,
        conflict: counts.conflict + conflict,
        unusable: counts.unusable + unusable,
      });
    }
  }

  #set(job: string, counts: TargetCounts): void {
    if (counts.announced === 0 && counts.conflict === 0 && counts.unusable === 0) this.#counts.delete(job);
    else this.#counts.set(job, counts);
  }
}
