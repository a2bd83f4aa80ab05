// The targets of this agent: what it announces, and the policy that every exchange is checked against.
// The proxy's word counts for nothing here. It must not know where targets come from, nor how they are fetched.
// A change costs as much as the addresses that it concerns, however many there are.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import { MAX_TARGETS } from '@pullway/shared/protocol/limits';
import type { AddressTargets } from './address-targets.ts';
import { arrangeTargets, type RefusedTarget } from './arrangement.ts';
import { Contenders, type TargetSource } from './contenders.ts';
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

/** What is known of one address. */
interface Place {
  readonly contenders: Contenders;
  /** By content, so that a target keeps its id as long as nothing changes that is announced of it. */
  entries: ReadonlyMap<string, Entry>;
  /** Undefined when nothing stands for the address: all are refused. */
  targets: AddressTargets | undefined;
  refused: readonly RefusedTarget[];
}

interface Change {
  readonly add: AnnouncedTarget[];
  readonly remove: number[];
  readonly refused: RefusedTarget[];
}

/** The one source of whoever replaces all targets at once. */
const WHOLE_SET = 'all';

export class TargetSet {
  readonly #sources = new Map<string, TargetSource>();
  readonly #places = new Map<string, Place>();
  #size = 0;
  #lastId = 0;
  readonly #freeIds: number[] = [];

  /** Targets that are announced. */
  get size(): number {
    return this.#size;
  }

  /** Every target that is announced, for a new tunnel. */
  snapshot(): readonly AnnouncedTarget[] {
    return [...this.#entries()].map(({ announced }) => announced);
  }

  targets(): readonly Target[] {
    return [...this.#entries()].map(({ target }) => target);
  }

  /** Those that contradict others, or cannot be announced. */
  refused(): readonly RefusedTarget[] {
    return [...this.#places.values()].flatMap(({ refused }) => refused);
  }

  /** The exporters of all targets; of refused ones too, since they stand by. */
  exporters(): ReadonlySet<Exporter> {
    const exporters = new Set<Exporter>();
    for (const { targets } of this.#sources.values()) for (const { exporter } of targets) exporters.add(exporter);
    return exporters;
  }

  /** How many targets each job has. */
  countByJob(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { target } of this.#entries()) {
      const job = target.labels['job'] ?? '';
      counts.set(job, (counts.get(job) ?? 0) + 1);
    }
    return counts;
  }

  /** Whether `path` (without query) of `address` may be scraped. */
  admit(address: string, path: string): Admission {
    const targets = this.#places.get(address)?.targets;
    return admission(targets, targets?.findPath(path));
  }

  /** Whether `address` may be reached as a byte stream. */
  admitStream(address: string): Admission {
    const targets = this.#places.get(address)?.targets;
    return admission(targets, targets?.passthrough);
  }

  /** Replaces all targets at once. Exchanges that run are not touched; the next ones see only `targets`. */
  replace(targets: readonly Target[]): TargetSetChange {
    const others = [...this.#sources.keys()].filter((key) => key !== WHOLE_SET);
    return this.update([...others.map((key) => ({ key, rank: 0, targets: [] })), { key: WHOLE_SET, rank: 0, targets }]);
  }

  /** Takes each of `sources` in place of the one with the same key; those without targets are forgotten. The others stay. */
  update(sources: Iterable<TargetSource>): TargetSetChange {
    const touched = new Set<string>();
    for (const source of sources) this.#putSource(source, touched);
    const change: Change = { add: [], remove: [], refused: [] };
    for (const address of touched) this.#arrange(address, change);
    // Only now: a number is used again only in a later announcement than the one that freed it.
    this.#freeIds.push(...change.remove);
    return change;
  }

  #putSource(source: TargetSource, touched: Set<string>): void {
    const { key, targets } = source;
    const byAddress = Map.groupBy(targets, ({ address }) => address);
    for (const { address } of this.#sources.get(key)?.targets ?? []) {
      if (!byAddress.has(address)) byAddress.set(address, []);
    }
    if (targets.length === 0) this.#sources.delete(key);
    else this.#sources.set(key, source);
    for (const [address, contenders] of byAddress) {
      this.#placeOf(address).contenders.put(source, contenders);
      touched.add(address);
    }
  }

  #placeOf(address: string): Place {
    const place = this.#places.get(address) ?? createPlace();
    this.#places.set(address, place);
    return place;
  }

  #arrange(address: string, change: Change): void {
    const place = this.#placeOf(address);
    const before = place.entries;
    const next = arrangeTargets(place.contenders.inOrder(), MAX_TARGETS - this.#size + before.size);
    const entries = new Map<string, Entry>();
    for (const [key, target] of next.byContent) {
      const known = before.get(key)?.announced;
      const announced = known ?? announce(target, this.#takeId());
      entries.set(key, { target, announced });
      if (known === undefined) change.add.push(announced);
    }
    for (const [key, { announced }] of before) if (!entries.has(key)) change.remove.push(announced.id);
    change.refused.push(...next.refused.filter((refused) => !isAmong(refused, place.refused)));
    this.#size += entries.size - before.size;
    place.entries = entries;
    place.targets = next.byAddress.get(address);
    place.refused = next.refused;
    if (place.contenders.isEmpty) this.#places.delete(address);
  }

  *#entries(): Generator<Entry> {
    for (const { entries } of this.#places.values()) yield* entries.values();
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

function createPlace(): Place {
  return { contenders: new Contenders(), entries: new Map(), targets: undefined, refused: [] };
}

function isAmong({ target, message }: RefusedTarget, known: readonly RefusedTarget[]): boolean {
  const job = target.labels['job'];
  return known.some((other) => other.message === message && other.target.labels['job'] === job);
}

function announce({ address, path, passthrough, allowedPaths, labels }: Target, id: number): AnnouncedTarget {
  return { id, address, path, labels, passthrough, allowedPaths };
}
