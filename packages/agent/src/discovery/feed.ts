// One mechanism and the jobs that use what it finds: jobs that say the same share it, so that objects are watched and kept once.

import type { Work } from '@pullway/shared/runtime/pace';
import type { TargetSource } from '../targets/contenders.ts';
import type { UnusableTarget } from './group-targets.ts';
import type { JobTargets } from './job-targets.ts';
import type { Mechanism } from './mechanism.ts';
import type { TargetGroup } from './target-group.ts';

/** A job that uses a feed, and its own name for it. */
export interface Subscriber {
  readonly job: JobTargets;
  readonly name: string;
}

export interface UnusableInJob extends UnusableTarget {
  readonly job: string;
}

export interface FeedChange {
  readonly sources: readonly TargetSource[];
  /** Those that were not told before. */
  readonly unusable: readonly UnusableInJob[];
}

export class Feed {
  readonly mechanism: Mechanism;
  /** In place of those before with a reload. */
  subscribers: readonly Subscriber[] = [];
  readonly #groups = new Map<string, TargetGroup>();
  #hasFoundAll = false;

  constructor(mechanism: Mechanism) {
    this.mechanism = mechanism;
  }

  /** Whether all that there was to find at first has been taken; later changes do not matter. */
  get hasFoundAll(): boolean {
    return this.#hasFoundAll;
  }

  /** Every group as it is now, for jobs that have changed. */
  groups(): Iterable<TargetGroup> {
    return this.#groups.values();
  }

  /** What some changes come to; undefined when there are none left. */
  *takeChanges(limit: number): Work<FeedChange | undefined> {
    const groups = yield* this.mechanism.takeChanges(limit);
    if (groups.length === 0) {
      this.#hasFoundAll ||= this.mechanism.status.hasSynced;
      return undefined;
    }
    for (const group of groups) {
      if (group.targets.length === 0) this.#groups.delete(group.source);
      else this.#groups.set(group.source, group);
    }
    const change = yield* this.distribute(groups);
    this.#hasFoundAll ||= this.mechanism.status.hasGivenFirst === true;
    return change;
  }

  /** What the subscribers make of `groups`. */
  *distribute(groups: readonly TargetGroup[]): Work<FeedChange> {
    const sources: TargetSource[] = [];
    const unusable: UnusableInJob[] = [];
    for (const { job, name } of this.subscribers) {
      for (const group of groups) {
        const taken = yield* job.take(name, group);
        sources.push(taken.source);
        for (const target of taken.unusable) unusable.push({ ...target, job: job.name });
      }
    }
    return { sources, unusable };
  }
}
