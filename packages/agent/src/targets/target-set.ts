// The targets of this agent: what it announces, and the policy that every exchange is checked against.
// The proxy's word counts for nothing here. It must not know where targets come from, nor how they are fetched.
// A change costs as much as the addresses that it concerns, however many there are. Since a source may have thousands, it is made in units:
//
//   updating():  address by address ─► staged ══ committed: all of them at once ══► announced
//   tidy():                                         staged ─► places, address by address
//
// Whoever scrapes, or opens a tunnel, sees all of a change or nothing of it.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import { MAX_TARGETS } from '@pullway/shared/protocol/limits';
import { finish, STEPS_PER_UNIT, type Work } from '@pullway/shared/runtime/pace';
import type { AddressTargets } from './address-targets.ts';
import { arrangeTargets, type RefusedTarget } from './arrangement.ts';
import { Contenders, type TargetSource } from './contenders.ts';
import { JobTally, type TargetCounts } from './job-tally.ts';
import { isItself, type Exporter, type Target } from './target.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly target: Target }
  /** `paths`: what may be asked of the address instead; empty when it takes byte streams only. */
  | { readonly kind: 'not_exposed'; readonly paths: readonly string[] }
  /** `isAnnounced`: its pod has ended or has another IP address by now, and the target will be withdrawn or replaced. */
  | { readonly kind: 'unknown_target'; readonly isAnnounced: boolean };

/** What update() changed, ready to be announced. */
export interface TargetSetChange {
  readonly add: readonly AnnouncedTarget[];
  readonly remove: readonly number[];
  /** Those that were not refused before, for the same reason. */
  readonly refused: readonly RefusedTarget[];
}

interface Entry {
  readonly target: Target;
  readonly announced: AnnouncedTarget;
}

/** What is announced of one address. */
interface Standing {
  /** By content, so that a target keeps its id as long as nothing changes that is announced of it. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Undefined when nothing stands for the address: all are refused. */
  readonly targets: AddressTargets | undefined;
  readonly refused: readonly RefusedTarget[];
}

/** What is known of one address. */
interface Place {
  readonly contenders: Contenders;
  standing: Standing;
}

/** A change that nobody sees yet. */
interface Draft {
  readonly standings: Map<string, Standing>;
  readonly tally: JobTally;
  readonly add: AnnouncedTarget[];
  readonly remove: number[];
  readonly refused: RefusedTarget[];
}

const NOTHING: Standing = { entries: new Map(), targets: undefined, refused: [] };

/** The one source of whoever replaces all targets at once. */
const WHOLE_SET = 'all';

export class TargetSet {
  readonly #sources = new Map<string, TargetSource>();
  readonly #places = new Map<string, Place>();
  /** Of the last change, until they have found their places; they count. */
  #committed = new Map<string, Standing>();
  /** Addresses at which targets are refused; those that no longer are may be among them for a while. */
  readonly #contested = new Set<string>();
  readonly #tally = new JobTally();
  #size = 0;
  #lastId = 0;
  readonly #freeIds: number[] = [];

  /** Targets that are announced. */
  get size(): number {
    return this.#size;
  }

  /** How many targets each job has here. */
  get countsByJob(): ReadonlyMap<string, TargetCounts> {
    return this.#tally.jobs;
  }

  /** Every target that is announced, for a new tunnel. */
  snapshot(): readonly AnnouncedTarget[] {
    return this.#collect(({ announced }) => announced);
  }

  targets(): readonly Target[] {
    return this.#collect(({ target }) => target);
  }

  /** Those that contradict others, or cannot be announced. */
  *refused(): Generator<RefusedTarget> {
    for (const address of this.#contested) yield* this.#standingAt(address)?.refused ?? [];
  }

  /** The exporters of all targets; of refused ones too, since they stand by. */
  *exporters(): Work<ReadonlySet<Exporter>> {
    const exporters = new Set<Exporter>();
    let steps = 0;
    for (const { targets } of this.#sources.values()) {
      for (const { exporter } of targets) {
        exporters.add(exporter);
        steps += 1;
        if (steps % STEPS_PER_UNIT === 0) yield;
      }
    }
    return exporters;
  }

  /** Whether `path` (without query) of `address` may be scraped. */
  admit(address: string, path: string): Admission {
    const targets = this.#standingAt(address)?.targets;
    return admission(targets, targets?.findPath(path));
  }

  /** Whether `address` may be reached as a byte stream. */
  admitStream(address: string): Admission {
    const targets = this.#standingAt(address)?.targets;
    return admission(targets, targets?.passthrough);
  }

  /** Replaces all targets at once. Exchanges that run are not touched; the next ones see only `targets`. */
  replace(targets: readonly Target[]): TargetSetChange {
    const others = [...this.#sources.keys()].filter((key) => key !== WHOLE_SET);
    return this.update([...others.map((key) => ({ key, rank: 0, targets: [] })), { key: WHOLE_SET, rank: 0, targets }]);
  }

  /** updating() and tidy() in one go, for a few targets. */
  update(sources: Iterable<TargetSource>): TargetSetChange {
    const change = finish(this.updating(sources));
    finish(this.tidy());
    return change;
  }

  /**
   * Takes each of `sources` in place of the one with the same key; those without targets are forgotten. The others stay. One at a time.
   * @returns what has changed with this very step, to be announced in the same turn
   */
  *updating(sources: Iterable<TargetSource>): Work<TargetSetChange> {
    yield* this.tidy();
    const touched = new Set<string>();
    for (const source of sources) yield* this.#putSource(source, touched);
    const draft: Draft = { standings: new Map(), tally: new JobTally(), add: [], remove: [], refused: [] };
    for (const address of touched) yield* this.#arrange(address, draft);
    this.#committed = draft.standings;
    this.#tally.merge(draft.tally);
    this.#size += draft.add.length - draft.remove.length;
    // Only now: a number is used again only in a later announcement than the one that freed it.
    for (const id of draft.remove) this.#freeIds.push(id);
    return { add: draft.add, remove: draft.remove, refused: draft.refused };
  }

  /** What is left to do after a change has been announced. */
  *tidy(): Work<void> {
    const committed = this.#committed;
    for (const [address, standing] of committed) {
      const place = this.#placeOf(address);
      place.standing = standing;
      if (standing.refused.length === 0) this.#contested.delete(address);
      if (place.contenders.isEmpty) this.#places.delete(address);
      committed.delete(address);
      yield;
    }
  }

  *#putSource(source: TargetSource, touched: Set<string>): Work<void> {
    const { key, targets } = source;
    const byAddress = new Map<string, Target[]>();
    for (const target of targets) {
      const siblings = byAddress.get(target.address);
      if (siblings === undefined) byAddress.set(target.address, [target]);
      else siblings.push(target);
      yield;
    }
    for (const { address } of this.#sources.get(key)?.targets ?? []) {
      if (!byAddress.has(address)) byAddress.set(address, []);
      yield;
    }
    if (targets.length === 0) this.#sources.delete(key);
    else this.#sources.set(key, source);
    for (const [address, contenders] of byAddress) {
      this.#placeOf(address).contenders.put(source, contenders);
      touched.add(address);
      yield;
    }
  }

  #placeOf(address: string): Place {
    const place = this.#places.get(address) ?? { contenders: new Contenders(), standing: NOTHING };
    this.#places.set(address, place);
    return place;
  }

  *#arrange(address: string, draft: Draft): Work<void> {
    const { contenders, standing: before } = this.#placeOf(address);
    const taken = this.#size + draft.add.length - draft.remove.length - before.entries.size;
    const next = yield* arrangeTargets(contenders.inOrder(), MAX_TARGETS - taken);
    const entries = new Map<string, Entry>();
    for (const [key, target] of next.byContent) {
      const known = before.entries.get(key)?.announced;
      const announced = known ?? announce(target, this.#takeId());
      entries.set(key, { target, announced });
      if (known === undefined) {
        draft.add.push(announced);
        draft.tally.add(jobOf(announced), 'announced', 1);
      }
      yield;
    }
    for (const [key, { announced }] of before.entries) {
      if (!entries.has(key)) {
        draft.remove.push(announced.id);
        draft.tally.add(jobOf(announced), 'announced', -1);
      }
      yield;
    }
    yield* this.#refuse(before.refused, next.refused, draft);
    if (next.refused.length > 0) this.#contested.add(address);
    draft.standings.set(address, { entries, targets: next.byAddress.get(address), refused: next.refused });
  }

  *#refuse(before: readonly RefusedTarget[], now: readonly RefusedTarget[], draft: Draft): Work<void> {
    const known = new Set<string>();
    for (const refused of before) {
      known.add(refusalKey(refused));
      draft.tally.add(jobOf(refused.target), refused.reason, -1);
      yield;
    }
    for (const refused of now) {
      if (!known.has(refusalKey(refused))) draft.refused.push(refused);
      draft.tally.add(jobOf(refused.target), refused.reason, 1);
      yield;
    }
  }

  #standingAt(address: string): Standing | undefined {
    return this.#committed.get(address) ?? this.#places.get(address)?.standing;
  }

  #collect<Part>(part: (entry: Entry) => Part): readonly Part[] {
    const parts: Part[] = [];
    for (const [address, { standing }] of this.#places) {
      const { entries } = this.#committed.get(address) ?? standing;
      for (const entry of entries.values()) parts.push(part(entry));
    }
    return parts;
  }

  #takeId(): number {
    return this.#freeIds.pop() ?? ++this.#lastId;
  }
}

function admission(targets: AddressTargets | undefined, target: Target | undefined): Admission {
  if (targets === undefined) return { kind: 'unknown_target', isAnnounced: false };
  if (target === undefined) return { kind: 'not_exposed', paths: targets.exposedPaths };
  return isItself(target) ? { kind: 'admitted', target } : { kind: 'unknown_target', isAnnounced: true };
}

function jobOf({ labels }: Pick<Target, 'labels'>): string {
  return labels['job'] ?? '';
}

function refusalKey({ target, message }: RefusedTarget): string {
  return `${jobOf(target)} ${message}`;
}

function announce({ address, path, passthrough, allowedPaths, labels }: Target, id: number): AnnouncedTarget {
  return { id, address, path, labels, passthrough, allowedPaths };
}
