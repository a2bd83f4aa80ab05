// All targets that would stand for one address, whoever found them, in the order in which they come before each other.

import type { Target } from './target.ts';

/** The targets of one source, which come and go together. */
export interface TargetSource {
  /** Unique among all sources. */
  readonly key: string;
  /** Of two sources whose targets contradict each other the one with the lower rank comes first; with equal ranks the one that was there. */
  readonly rank: number;
  readonly targets: readonly Target[];
}

export class Contenders {
  readonly #bySource = new Map<string, Omit<TargetSource, 'key'>>();

  get isEmpty(): boolean {
    return this.#bySource.size === 0;
  }

  /** Takes `targets` in place of those that `key` had here, and keeps its place before or behind others. */
  put({ key, rank }: Omit<TargetSource, 'targets'>, targets: readonly Target[]): void {
    if (targets.length === 0) this.#bySource.delete(key);
    else this.#bySource.set(key, { rank, targets });
  }

  inOrder(): readonly Target[] {
    const sources = [...this.#bySource.values()];
    if (sources.length > 1) sources.sort((a, b) => a.rank - b.rank);
    return sources.flatMap(({ targets }) => targets);
  }
}
