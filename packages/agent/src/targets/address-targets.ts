// The targets that share one address: which of them, if any, stands for a path or takes byte streams.
// Entries that differ in labels only (probes of one exporter with different parameters) count once here.

import { coversPath } from './path-policy.ts';
import type { Target } from './target.ts';

export class AddressTargets {
  readonly #byPath = new Map<string, Target>();
  /** Targets with allowed paths, one for each list of them. */
  readonly #wide = new Map<string, Target>();
  #passthrough: Target | undefined;

  /** The target that takes byte streams. */
  get passthrough(): Target | undefined {
    return this.#passthrough;
  }

  /** Paths and patterns that may be asked of this address. */
  get exposedPaths(): readonly string[] {
    const allowed = [...this.#wide.values()].flatMap(({ allowedPaths }) => allowedPaths);
    return [...new Set([...this.#byPath.keys(), ...allowed])];
  }

  /** The target to which `path` (without query) belongs: its own path comes before another's pattern. */
  findPath(path: string): Target | undefined {
    const exact = this.#byPath.get(path);
    if (exact !== undefined || this.#wide.size === 0) return exact;
    for (const target of this.#wide.values()) {
      if (target.allowedPaths.some((pattern) => coversPath(pattern, path))) return target;
    }
    return undefined;
  }

  /** A target that scrapers could not tell from `target`, though another exporter is behind it. */
  rivalOf(target: Target): Target | undefined {
    const sibling = target.passthrough ? this.#passthrough : this.#byPath.get(target.path);
    return sibling !== undefined && sibling.exporter !== target.exporter ? sibling : undefined;
  }

  add(target: Target): void {
    if (target.passthrough) {
      this.#passthrough ??= target;
      return;
    }
    if (!this.#byPath.has(target.path)) this.#byPath.set(target.path, target);
    if (target.allowedPaths.length > 0) this.#addWide(target);
  }

  #addWide(target: Target): void {
    const key = JSON.stringify([target.path, target.allowedPaths]);
    if (!this.#wide.has(key)) this.#wide.set(key, target);
  }
}
