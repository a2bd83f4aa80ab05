// What one job made of the groups that were found for it: the targets, for the target set, and a record of those that were left out.

import type { Labels } from '@pullway/shared/protocol/announcement';
import type { Work } from '@pullway/shared/runtime/pace';
import type { TargetSource } from '../targets/contenders.ts';
import { discoveredLabels } from './discovered-labels.ts';
import { makeTargets, type GroupTargets, type UnusableTarget } from './group-targets.ts';
import type { TargetContext } from './relabelled-target.ts';
import type { TargetGroup } from './target-group.ts';

/** A target that relabelling dropped or that nobody can scrape. */
export interface DroppedTarget {
  readonly job: string;
  /** Before relabelling, those of the job included. */
  readonly discoveredLabels: Labels;
  /** Why it cannot be scraped; undefined when relabelling dropped it. */
  readonly fault: string | undefined;
}

interface LeftOut extends Pick<GroupTargets, 'dropped' | 'unusable'> {
  readonly group: TargetGroup;
}

export class JobTargets {
  /** Unique among jobs, and the same after a reload. */
  readonly key: string;
  /** Place among all jobs. */
  readonly #rank: number;
  readonly #context: TargetContext;
  readonly #sources = new Set<string>();
  readonly #leftOut = new Map<string, LeftOut>();
  #dropped = 0;
  #unusable = 0;

  constructor(key: string, rank: number, context: TargetContext) {
    this.key = key;
    this.#rank = rank;
    this.#context = context;
  }

  get name(): string {
    return this.#context.job.name;
  }

  /** How many targets were left out. */
  get counts(): { readonly dropped: number; readonly unusable: number } {
    return { dropped: this.#dropped, unusable: this.#unusable };
  }

  /** Keys of all sources that have targets, or had some. */
  get sourceKeys(): ReadonlySet<string> {
    return this.#sources;
  }

  /** `feed`: which of the job's discoveries found `group`. @returns what the group is now for the target set, and what is wrong with it */
  *take(
    feed: string,
    group: TargetGroup,
  ): Work<{ readonly source: TargetSource; readonly unusable: readonly UnusableTarget[] }> {
    const key = this.sourceKey(feed, group.source);
    const { kept, dropped, unusable } = yield* makeTargets(group, this.#context);
    const before = this.#leftOut.get(key);
    this.#count(key, { group, dropped, unusable });
    if (kept.length === 0) this.#sources.delete(key);
    else this.#sources.add(key);
    const known = new Set(before?.unusable.map(({ message }) => message));
    return {
      source: { key, rank: this.#rank, targets: kept },
      unusable: unusable.filter(({ message }) => !known.has(message)),
    };
  }

  /** How the target set knows what `feed` found under the name `source`. */
  sourceKey(feed: string, source: string): string {
    return `${this.key} ${feed} ${source}`;
  }

  *droppedTargets(): Generator<DroppedTarget> {
    for (const { group, dropped, unusable } of this.#leftOut.values()) {
      for (const target of dropped) yield this.#describe(group, target, undefined);
      for (const { labels, message } of unusable) yield this.#describe(group, labels, message);
    }
  }

  #count(key: string, leftOut: LeftOut): void {
    const before = this.#leftOut.get(key);
    this.#dropped += leftOut.dropped.length - (before?.dropped.length ?? 0);
    this.#unusable += leftOut.unusable.length - (before?.unusable.length ?? 0);
    if (leftOut.dropped.length + leftOut.unusable.length === 0) this.#leftOut.delete(key);
    else this.#leftOut.set(key, leftOut);
  }

  #describe(group: TargetGroup, target: Labels, fault: string | undefined): DroppedTarget {
    const labels = Object.fromEntries(discoveredLabels(this.#context.job, group.labels, target));
    return { job: this.name, discoveredLabels: labels, fault };
  }
}
