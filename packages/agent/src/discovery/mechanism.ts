// The port to whatever finds target groups while the agent runs.

import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import type { Work } from '@pullway/shared/runtime/pace';
import type { TargetGroup } from './target-group.ts';

export interface MechanismStatus {
  readonly kind: 'file' | 'kubernetes';
  /** Of Kubernetes; empty for others. */
  readonly role: string;
  /** All that there was to find at first has been found, or has turned out not to be accessible. */
  readonly hasSynced: boolean;
  /**
   * Whether all of that has been taken, where changes may follow faster than they can be taken, so that there is always more. Absent: it has
   * been when there is nothing left to take.
   */
  readonly hasGivenFirst?: boolean;
  /** When it was last known to be up to date, in seconds since the epoch; undefined: never. */
  readonly lastSyncTimestamp: number | undefined;
  /** Attempts that failed since the start. */
  readonly failures: number;
  /** What is wrong now, for people; with each of them something is not found, or not up to date. */
  readonly faults: readonly string[];
}

export interface Mechanism {
  readonly status: MechanismStatus;
  /** Begins to look. `onChange` is called when there is something to take after there was nothing, and when `hasSynced` becomes true. */
  start(onChange: () => void): void;
  /** Ends it for good; idempotent. */
  stop(): void;
  /** Some of the groups that have changed since they were taken last, about `limit` of them; none: that was all. One taker at a time. */
  takeChanges(limit: number): Work<readonly TargetGroup[]>;
}

/** What mechanisms need of the world around them. */
export interface MechanismSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where Kubernetes tells a pod of its API server. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** How the agent names itself to API servers. */
  readonly userAgent: string;
  /** For work that is done in a process of its own. */
  readonly node: NodeProgram;
}

/** The Node that runs the agent, and its flags. */
export interface NodeProgram {
  readonly path: string;
  readonly flags: readonly string[];
  /** Memory that there is left for it and others, as far as the container or machine allows. */
  readonly availableBytes: () => number;
}
