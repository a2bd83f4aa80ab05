// Targets put in order: equal ones merged, found by address, and those left out that scrapers could not tell apart.
// It must not know what was announced before.

import { hash } from 'node:crypto';
import { targetFault } from '@pullway/shared/protocol/announcement';
import { MAX_TARGET_BYTES, MAX_TARGETS } from '@pullway/shared/protocol/limits';
import type { Work } from '@pullway/shared/runtime/pace';
import { AddressTargets } from './address-targets.ts';
import { describeExporter, type Target } from './target.ts';

/** A target that was left out, and why, for the operator. */
export interface RefusedTarget {
  readonly target: Target;
  /** Whether scrapers could not tell it from another, or it cannot be announced at all. */
  readonly reason: 'conflict' | 'unusable';
  readonly message: string;
}

export interface ArrangedTargets {
  /** By the hash of all that is announced of a target; one of each. */
  readonly byContent: ReadonlyMap<string, Target>;
  readonly byAddress: ReadonlyMap<string, AddressTargets>;
  readonly refused: readonly RefusedTarget[];
}

// The content holds all of an announced target but its id and the names of its fields, which need less than this.
const ANNOUNCEMENT_OVERHEAD_BYTES = 256;

/** Puts `targets` in order; of two that contradict each other the first one stays. At most `room` of them find a place. */
export function* arrangeTargets(targets: Iterable<Target>, room = MAX_TARGETS): Work<ArrangedTargets> {
  const arrangement = new Arrangement(room);
  for (const target of targets) {
    arrangement.take(target);
    yield;
  }
  return arrangement;
}

class Arrangement {
  readonly byContent = new Map<string, Target>();
  readonly byAddress = new Map<string, AddressTargets>();
  readonly refused: RefusedTarget[] = [];
  readonly #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  take(target: Target): void {
    const { key, fault } = contentOf(target);
    if (this.byContent.get(key)?.exporter === target.exporter) return;
    const siblings = this.byAddress.get(target.address) ?? new AddressTargets();
    const unusable = this.#roomFault() ?? fault;
    const message = unusable ?? conflictMessage(target, siblings);
    if (message !== undefined) {
      this.refused.push({ target, reason: unusable === undefined ? 'conflict' : 'unusable', message });
      return;
    }
    this.byContent.set(key, target);
    siblings.add(target);
    this.byAddress.set(target.address, siblings);
  }

  #roomFault(): string | undefined {
    return this.byContent.size >= this.#room ? `an agent announces at most ${MAX_TARGETS} targets` : undefined;
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

interface Content {
  readonly key: string;
  /** Why it cannot be announced at all. */
  readonly fault: string | undefined;
}

/** Those of targets that share an address are asked for again with each change of one of them. */
const contents = new WeakMap<Target, Content>();

function contentOf(target: Target): Content {
  const known = contents.get(target);
  if (known !== undefined) return known;
  const content = readContent(target);
  contents.set(target, content);
  return content;
}

function readContent(target: Target): Content {
  const { address, path, passthrough, allowedPaths, labels } = target;
  const fields = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([address, path, passthrough, allowedPaths, fields]);
  const isTooLong = Buffer.byteLength(text) + ANNOUNCEMENT_OVERHEAD_BYTES > MAX_TARGET_BYTES;
  return {
    // The hash alone: the texts of thousands of targets would take as much memory as the targets.
    key: hash('sha256', text, 'base64'),
    fault: isTooLong
      ? `what is announced of a target has at most ${MAX_TARGET_BYTES} bytes`
      : // One that the proxy refuses would close the tunnel again and again, and with it take all others away.
        targetFault({ ...target, id: 1 }),
  };
}
