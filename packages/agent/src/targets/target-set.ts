// The targets of this agent: what it announces, and the policy that every exchange is checked against.
// The proxy's word counts for nothing here. It must not know where targets come from, nor how they are fetched.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { AddressTargets } from './address-targets.ts';
import { arrangeTargets, type RefusedTarget } from './arrangement.ts';
import type { Target } from './target.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly target: Target }
  /** `paths`: what may be asked of the address instead; empty when it takes byte streams only. */
  | { readonly kind: 'not_exposed'; readonly paths: readonly string[] }
  | { readonly kind: 'unknown_target' };

/** What replace() changed, ready to be announced. */
export interface TargetSetChange {
  readonly add: readonly AnnouncedTarget[];
  readonly remove: readonly number[];
  readonly refused: readonly RefusedTarget[];
}

interface Entry {
  readonly target: Target;
  readonly announced: AnnouncedTarget;
}

export class TargetSet {
  /** By content, so that a target keeps its id as long as nothing changes that is announced of it. */
  #entries: ReadonlyMap<string, Entry> = new Map();
  #byAddress: ReadonlyMap<string, AddressTargets> = new Map();
  #lastId = 0;
  #freeIds: number[] = [];

  get size(): number {
    return this.#entries.size;
  }

  /** Every target that is announced, for a new tunnel. */
  snapshot(): readonly AnnouncedTarget[] {
    return [...this.#entries.values()].map(({ announced }) => announced);
  }

  targets(): readonly Target[] {
    return [...this.#entries.values()].map(({ target }) => target);
  }

  /** How many targets each job has. */
  countByJob(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { target } of this.#entries.values()) {
      const job = target.labels['job'] ?? '';
      counts.set(job, (counts.get(job) ?? 0) + 1);
    }
    return counts;
  }

  /** Whether `path` (without query) of `address` may be scraped. */
  admit(address: string, path: string): Admission {
    const targets = this.#byAddress.get(address);
    if (targets === undefined) return { kind: 'unknown_target' };
    const target = targets.findPath(path);
    return target === undefined ? { kind: 'not_exposed', paths: targets.exposedPaths } : { kind: 'admitted', target };
  }

  /** Whether `address` may be reached as a byte stream. */
  admitStream(address: string): Admission {
    const targets = this.#byAddress.get(address);
    if (targets === undefined) return { kind: 'unknown_target' };
    const target = targets.passthrough;
    return target === undefined ? { kind: 'not_exposed', paths: targets.exposedPaths } : { kind: 'admitted', target };
  }

  /** Replaces all targets at once. Exchanges that run are not touched; the next ones see only `targets`. */
  replace(targets: readonly Target[]): TargetSetChange {
    const next = arrangeTargets(targets);
    const before = this.#entries;
    const entries = new Map<string, Entry>();
    for (const [key, target] of next.byContent) {
      entries.set(key, { target, announced: before.get(key)?.announced ?? announce(target, this.#takeId()) });
    }
    this.#entries = entries;
    this.#byAddress = next.byAddress;
    const remove = [...before].filter(([key]) => !entries.has(key)).map(([, { announced }]) => announced.id);
    this.#freeIds.push(...remove);
    const add = [...entries].filter(([key]) => !before.has(key)).map(([, { announced }]) => announced);
    return { add, remove, refused: next.refused };
  }

  #takeId(): number {
    return this.#freeIds.pop() ?? ++this.#lastId;
  }
}

function announce({ address, path, passthrough, allowedPaths, labels }: Target, id: number): AnnouncedTarget {
  return { id, address, path, labels, passthrough, allowedPaths };
}
