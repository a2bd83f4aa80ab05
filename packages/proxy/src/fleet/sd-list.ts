// All targets that scrapers should know, in stable order. Announcements are only noted when they come; the texts are made and sorted
// afterwards in slices, since an agent may announce 100,000 targets at once. It must not know HTTP, nor who asks for what.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { AgentConnection } from './agent-connection.ts';
import type { TargetList } from './fleet.ts';
import { SdEntry } from './sd-entry.ts';
import { compareText, groupStart } from './sd-group.ts';
import { eachInSlices, mergeInSlices, runInSlices, sortInSlices, type Slices } from './slices.ts';

interface Change {
  readonly kind: 'add' | 'remove';
  readonly connection: AgentConnection;
  readonly targets: readonly AnnouncedTarget[];
}

export interface SdSnapshot {
  /** Rises when anything that is listed has changed. */
  readonly version: number;
  /** Sorted. Entries may have left the list since: isListed tells. */
  readonly entries: readonly SdEntry[];
}

export class SdList implements TargetList {
  readonly #byText = new Map<string, SdEntry>();
  readonly #byTarget = new Map<AnnouncedTarget, SdEntry>();
  #changes: Change[] = [];
  #fresh = new Set<SdEntry>();
  #hasLeft = false;
  #snapshot: SdSnapshot = { version: 0, entries: [] };
  #version = 0;
  #settling: Promise<void> | undefined;

  /** Targets listed, those of departed agents included, as of the changes taken in so far. */
  get size(): number {
    return this.#byText.size;
  }

  add(connection: AgentConnection, targets: Iterable<AnnouncedTarget>): void {
    this.#note({ kind: 'add', connection, targets: [...targets] });
  }

  remove(connection: AgentConnection, targets: Iterable<AnnouncedTarget>): void {
    this.#note({ kind: 'remove', connection, targets: [...targets] });
  }

  /** The list with all changes that were told before this call. */
  async snapshot(): Promise<SdSnapshot> {
    // What is running may have been past the newest change already when that came. No third round: a fleet that never rests must not
    // keep a scraper waiting.
    for (let round = 0; round < 2; round += 1) {
      if (this.#changes.length > 0 || this.#settling !== undefined) await this.#settle();
    }
    return this.#snapshot;
  }

  /** Taken in at once, not only when somebody asks: a list that nobody asks for must not pile up changes. */
  #note(change: Change): void {
    if (change.targets.length === 0) return;
    this.#changes.push(change);
    void this.#settle();
  }

  #settle(): Promise<void> {
    this.#settling ??= runInSlices(this.#takeIn()).then(() => {
      this.#settling = undefined;
      if (this.#changes.length > 0) void this.#settle();
    });
    return this.#settling;
  }

  *#takeIn(): Slices<void> {
    // A turn of the loop first: what comes in one turn, as the departed and the new list of an agent do, is taken in together.
    yield;
    const changes = this.#changes;
    this.#changes = [];
    for (const { kind, connection, targets } of changes) {
      yield* eachInSlices(targets, (target) => {
        if (kind === 'add') this.#add(connection, target);
        else this.#remove(connection, target);
      });
    }
    if (this.#version === this.#snapshot.version) return;
    const version = this.#version;
    this.#snapshot = { version, entries: yield* this.#sorted() };
  }

  *#sorted(): Slices<readonly SdEntry[]> {
    let { entries } = this.#snapshot;
    if (this.#hasLeft) {
      this.#hasLeft = false;
      const kept: SdEntry[] = [];
      yield* eachInSlices(entries, (entry) => {
        if (entry.isListed) kept.push(entry);
      });
      entries = kept;
    }
    if (this.#fresh.size === 0) return entries;
    const fresh = [...this.#fresh];
    this.#fresh = new Set();
    return yield* mergeInSlices(entries, yield* sortInSlices(fresh, compareEntries), compareEntries);
  }

  #add(connection: AgentConnection, target: AnnouncedTarget): void {
    const start = groupStart(target, connection.cluster);
    let entry = this.#byText.get(start);
    if (entry === undefined) {
      entry = new SdEntry(start, target, connection.cluster);
      this.#byText.set(start, entry);
      this.#fresh.add(entry);
    }
    this.#byTarget.set(target, entry);
    if (entry.add(connection)) this.#version += 1;
  }

  #remove(connection: AgentConnection, target: AnnouncedTarget): void {
    const entry = this.#byTarget.get(target);
    if (entry === undefined) return;
    this.#byTarget.delete(target);
    if (entry.remove(connection)) this.#version += 1;
    if (entry.isListed) return;
    this.#byText.delete(entry.start);
    if (!this.#fresh.delete(entry)) this.#hasLeft = true;
  }
}

function compareEntries(a: SdEntry, b: SdEntry): number {
  return compareText(a.start, b.start);
}
