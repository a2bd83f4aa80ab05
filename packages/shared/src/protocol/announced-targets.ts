// The list of targets of one tunnel as the proxy builds it from TARGETS frames: nothing shows until an announcement is whole.

import { targetBytes, type AnnouncedTarget, type Announcement } from './announcement.ts';
import { MAX_ANNOUNCED_BYTES, MAX_TARGETS } from './limits.ts';
import { ProtocolError } from './protocol-error.ts';

/** What one whole announcement changed; a replaced target is in both lists. */
export interface TargetChange {
  readonly added: readonly AnnouncedTarget[];
  readonly removed: readonly AnnouncedTarget[];
}

export class AnnouncedTargets {
  readonly #targets = new Map<number, AnnouncedTarget>();
  #parts: Announcement[] = [];
  #pending = 0;
  /** Of the list and of what waits to take effect. */
  #bytes = 0;

  get size(): number {
    return this.#targets.size;
  }

  values(): Iterable<AnnouncedTarget> {
    return this.#targets.values();
  }

  /**
   * Takes in one frame; returns the change when the announcement is whole.
   * @throws ProtocolError when the list grows beyond MAX_TARGETS or MAX_ANNOUNCED_BYTES.
   */
  receive(part: Announcement): TargetChange | undefined {
    this.#parts.push(part);
    this.#pending += part.add.length + part.remove.length;
    // All targets removed and as many added is the most that makes sense; frames count by themselves, since they may be empty.
    if (Math.max(this.#pending, this.#parts.length) > 2 * MAX_TARGETS)
      throw new ProtocolError(`an announcement of more than ${2 * MAX_TARGETS} entries or frames`);
    for (const target of part.add) this.#bytes += targetBytes(target);
    // While a snapshot comes in, the list that it replaces is still held.
    if (this.#bytes > 2 * MAX_ANNOUNCED_BYTES)
      throw new ProtocolError(`targets of more than ${MAX_ANNOUNCED_BYTES} bytes`);
    if (part.more) return undefined;
    const parts = this.#parts;
    this.#parts = [];
    this.#pending = 0;
    return this.#apply(parts);
  }

  #apply(parts: readonly Announcement[]): TargetChange {
    const removed = new Map<number, AnnouncedTarget>();
    const added = new Map<number, AnnouncedTarget>();
    if (parts[0]?.snapshot === true) {
      for (const [id, target] of this.#targets) removed.set(id, target);
      this.#targets.clear();
    }
    for (const part of parts) {
      for (const id of part.remove) this.#remove(id, added, removed);
      for (const target of part.add) {
        this.#remove(target.id, added, removed);
        this.#targets.set(target.id, target);
        added.set(target.id, target);
      }
    }
    if (this.#targets.size > MAX_TARGETS) throw new ProtocolError(`more than ${MAX_TARGETS} targets`);
    for (const target of removed.values()) this.#bytes -= targetBytes(target);
    if (this.#bytes > MAX_ANNOUNCED_BYTES) throw new ProtocolError(`targets of more than ${MAX_ANNOUNCED_BYTES} bytes`);
    return { added: [...added.values()], removed: [...removed.values()] };
  }

  #remove(id: number, added: Map<number, AnnouncedTarget>, removed: Map<number, AnnouncedTarget>): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    this.#targets.delete(id);
    // What this very announcement added was never seen by anybody.
    if (added.delete(id)) this.#bytes -= targetBytes(target);
    else removed.set(id, target);
  }
}
