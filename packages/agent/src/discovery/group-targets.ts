// What comes of a target group: the targets that its job's rules keep, those that they drop, and those that cannot be scraped.

import type { Labels } from '@pullway/shared/protocol/announcement';
import { finish, type Work } from '@pullway/shared/runtime/pace';
import type { Target } from '../targets/target.ts';
import { discoveredLabels } from './discovered-labels.ts';
import { relabel } from './relabel/relabel.ts';
import { LabelFault, relabelledTarget, type TargetContext } from './relabelled-target.ts';
import type { TargetGroup } from './target-group.ts';

/** A target that the group names and nobody can scrape. */
export interface UnusableTarget {
  /** As they were found. */
  readonly labels: Labels;
  readonly message: string;
}

export interface GroupTargets {
  readonly kept: readonly Target[];
  /** By relabelling; labels as they were found, without those of the group and the job. */
  readonly dropped: readonly Labels[];
  readonly unusable: readonly UnusableTarget[];
}

/** A unit for each target: a tenth of a millisecond with the usual rules. */
export function* makeTargets({ labels, targets, objects }: TargetGroup, context: TargetContext): Work<GroupTargets> {
  const result = { kept: new Array<Target>(), dropped: new Array<Labels>(), unusable: new Array<UnusableTarget>() };
  // One for all of them: most are never asked.
  const completeFound = (found: Labels): Labels => Object.fromEntries(discoveredLabels(context.job, labels, found));
  for (const target of targets) {
    const discovered = discoveredLabels(context.job, labels, target);
    const relabelled = relabel(discovered, context.job.relabelRules);
    if (relabelled === undefined) result.dropped.push(target);
    else {
      try {
        const made = relabelledTarget({ discovered, relabelled }, context, objects);
        result.kept.push({ ...made, found: target, completeFound });
      } catch (error) {
        if (!(error instanceof LabelFault)) throw error;
        result.unusable.push({ labels: target, message: error.message });
      }
    }
    yield;
  }
  return result;
}

/** All at once. */
export function groupTargets(group: TargetGroup, context: TargetContext): GroupTargets {
  return finish(makeTargets(group, context));
}
