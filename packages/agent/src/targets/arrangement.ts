// Many targets put in order: equal ones merged, found by address, and those left out that scrapers could not tell apart.
// It must not know what was announced before.

import { targetFault } from '@pullway/shared/protocol/announcement';
import { MAX_TARGET_BYTES, MAX_TARGETS } from '@pullway/shared/protocol/limits';
import { AddressTargets } from './address-targets.ts';
import { describeExporter, type Target } from './target.ts';

/** A target that was left out, and why, for the operator. */
export interface RefusedTarget {
  readonly target: Target;
  readonly message: string;
}

export interface ArrangedTargets {
  /** By all that is announced of a target; one of each. */
  readonly byContent: ReadonlyMap<string, Target>;
  readonly byAddress: ReadonlyMap<string, AddressTargets>;
  readonly refused: readonly RefusedTarget[];
}

// The content key holds all of an announced target but its id and the names of its fields, which need less than this.
const ANNOUNCEMENT_OVERHEAD_BYTES = 256;

/** Puts `targets` in order; of two that contradict each other the first one stays. */
export function arrangeTargets(targets: readonly Target[]): ArrangedTargets {
  const arrangement = new Arrangement();
  for (const target of targets) arrangement.take(target);
  return arrangement;
}

class Arrangement {
  readonly byContent = new Map<string, Target>();
  readonly byAddress = new Map<string, AddressTargets>();
  readonly refused: RefusedTarget[] = [];

  take(target: Target): void {
    const key = contentKey(target);
    if (this.byContent.get(key)?.exporter === target.exporter) return;
    const siblings = this.byAddress.get(target.address) ?? new AddressTargets();
    const message = this.#faultOf(target, key) ?? conflictMessage(target, siblings);
    if (message !== undefined) {
      this.refused.push({ target, message });
      return;
    }
    this.byContent.set(key, target);
    siblings.add(target);
    this.byAddress.set(target.address, siblings);
  }

  #faultOf(target: Target, key: string): string | undefined {
    if (this.byContent.size >= MAX_TARGETS) return `an agent announces at most ${MAX_TARGETS} targets`;
    const bytes = Buffer.byteLength(key) + ANNOUNCEMENT_OVERHEAD_BYTES;
    if (bytes > MAX_TARGET_BYTES) return `what is announced of a target has at most ${MAX_TARGET_BYTES} bytes`;
    // One that the proxy refuses would close the tunnel again and again, and with it take all others away.
    return targetFault({ ...target, id: 1 });
  }
}

/** Two exporters under one name would have the samples of one filed under the other. */
function conflictMessage(target: Target, siblings: AddressTargets): string | undefined {
  const other = siblings.rivalOf(target);
  if (other === undefined) return undefined;
  const name = target.passthrough ? target.address : target.address + target.path;
  const [ours, theirs] = [describeExporter(target.exporter), describeExporter(other.exporter)];
  if (ours === theirs) return `${name} is configured twice for ${ours}, with different TLS settings or credentials`;
  return `${name} already stands for ${theirs}; ${ours} needs an address of its own`;
}

function contentKey({ address, path, passthrough, allowedPaths, labels }: Target): string {
  const fields = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([address, path, passthrough, allowedPaths, fields]);
}
