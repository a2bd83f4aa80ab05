// What one tunnel announced for one address and path: often one target, with a prober thousands that differ in labels only.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { AgentConnection } from './agent-connection.ts';

/** One announced target on one live tunnel. */
export interface Serving {
  readonly connection: AgentConnection;
  readonly target: AnnouncedTarget;
}

/** Targets are told apart by identity: ids of the agent may be given anew while the old one is still being removed. */
export class Claim implements Serving {
  readonly connection: AgentConnection;
  readonly passthrough: boolean;
  #target: AnnouncedTarget;
  /** The targets beyond the first; a Set of its own for each of 100,000 single ones would cost 20 MB. */
  #others: Set<AnnouncedTarget> | undefined;
  #allowed: Map<string, number> | undefined;

  constructor(connection: AgentConnection, target: AnnouncedTarget) {
    this.connection = connection;
    this.passthrough = target.passthrough;
    this.#target = target;
    this.#countAllowed(target, 1);
  }

  /** The first of the targets: they differ in labels and allowed paths only. */
  get target(): AnnouncedTarget {
    return this.#target;
  }

  add(target: AnnouncedTarget): void {
    this.#others ??= new Set();
    this.#others.add(target);
    this.#countAllowed(target, 1);
  }

  /** @returns whether nothing is left of the claim. */
  remove(target: AnnouncedTarget): boolean {
    if (target !== this.#target) {
      if (this.#others?.delete(target) === true) this.#countAllowed(target, -1);
      return false;
    }
    const next = this.#others?.values().next().value;
    if (next === undefined) return true;
    this.#others?.delete(next);
    this.#target = next;
    this.#countAllowed(target, -1);
    return false;
  }

  /** Whether `path`, which no target names, may be asked of one of them all the same. */
  allows(path: string): boolean {
    if (this.#allowed === undefined) return false;
    for (const pattern of this.#allowed.keys()) if (matches(pattern, path)) return true;
    return false;
  }

  get allowedPaths(): readonly string[] {
    return this.#allowed === undefined ? [] : [...this.#allowed.keys()];
  }

  #countAllowed(target: AnnouncedTarget, step: 1 | -1): void {
    for (const pattern of target.allowedPaths) {
      this.#allowed ??= new Map();
      const count = (this.#allowed.get(pattern) ?? 0) + step;
      if (count > 0) this.#allowed.set(pattern, count);
      else this.#allowed.delete(pattern);
    }
  }
}

function matches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
