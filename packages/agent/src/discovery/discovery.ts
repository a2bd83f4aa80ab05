// Finds the targets of all jobs and keeps them up to date: those that are written down, and those that mechanisms find while the agent runs.
// One thing at a time, in slices, so that scrapes never wait for it. It must not know how a mechanism finds anything, nor who is told.
//
//   load(jobs) ─┐                         ┌─ slice ─► deliver(sources)
//               ├─► one turn after another┤   breathe
//   a change ───┘ (250 ms later)          └─ slice ─► …

import type { Clock, Timer } from '@pullway/shared/runtime/clock';
import { hideUserinfo } from '@pullway/shared/http/userinfo';
import { errorMessage, type Logger } from '@pullway/shared/runtime/logger';
import { pause } from '@pullway/shared/runtime/pause';
import type { DiscoveryConfig } from '../config/discovery-config.ts';
import type { Job } from '../config/job.ts';
import type { AgentIdentity } from '../targets/address.ts';
import type { TargetSource } from '../targets/contenders.ts';
import type { FindExporter } from '../targets/exporters.ts';
import { Feed, type FeedChange, type Subscriber } from './feed.ts';
import { JobTargets, type DroppedTarget } from './job-targets.ts';
import type { Mechanism, MechanismStatus } from './mechanism.ts';
import type { TargetGroup } from './target-group.ts';

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: AgentIdentity;
  readonly find: FindExporter;
  /** Makes what finds targets, without starting it. @throws ConfigError when `config` cannot be used here. */
  readonly createMechanism: (config: DiscoveryConfig) => Promise<Mechanism>;
  /** Told what sources have now. Each call is one announcement. */
  readonly deliver: (sources: readonly TargetSource[]) => void;
  /** Told when nothing is left to deliver for now. */
  readonly settled: () => void;
}

export interface JobCounts {
  readonly job: string;
  readonly dropped: number;
  readonly unusable: number;
}

/** Changes of one object come in bursts, as a pod starts: time from the first one to the announcement, in milliseconds. */
const BATCH_MS = 250;

/** Longest that a reload waits for what new mechanisms find, in milliseconds: some API servers take seconds for a list. */
const FIRST_FINDS_MS = 5_000;

/** Time that discovery holds the event loop, in milliseconds, as far as it can tell between two groups. */
const SLICE_MS = 5;

/** Longest that changes wait for those behind them before they are told, in milliseconds. */
const TURN_MS = 500;

/** Groups that are made between two looks at the clock: one alone may have a thousand targets, at a tenth of a millisecond each. */
const GROUPS_AT_ONCE = 1;

/** Targets told at a time; to put them in order and to announce them takes about as long as a slice. */
const MAX_TARGETS_AT_ONCE = 200;

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #feeds = new Map<string, Feed>();
  readonly #ready = Promise.withResolvers<void>();
  #jobs: readonly JobTargets[] = [];
  #lastTurn: Promise<void> = Promise.resolve();
  #batch: Timer | undefined;
  #isStopped = false;
  #waiting: TargetSource[] = [];
  #waitingTargets = 0;
  #sliceEndsAt = 0;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** Resolves when every mechanism has found what there was at first; never when one cannot. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get statuses(): readonly MechanismStatus[] {
    return [...this.#feeds.values()].map(({ mechanism }) => mechanism.status);
  }

  get counts(): readonly JobCounts[] {
    return this.#jobs.map((job) => ({ job: job.name, ...job.counts }));
  }

  *droppedTargets(): Generator<DroppedTarget> {
    for (const job of this.#jobs) yield* job.droppedTargets();
  }

  /**
   * Takes `jobs` in place of those before. Mechanisms that both have go on as they are.
   * @throws ConfigError when a mechanism cannot be made; then nothing has changed.
   */
  load(jobs: readonly Job[]): Promise<void> {
    return this.#inTurn(() => this.#load(jobs));
  }

  /** Idempotent; nothing is delivered any more. */
  stop(): void {
    this.#isStopped = true;
    this.#batch?.cancel();
    for (const { mechanism } of this.#feeds.values()) mechanism.stop();
    this.#feeds.clear();
  }

  async #load(jobs: readonly Job[]): Promise<void> {
    const created = await this.#createMissing(jobs);
    if (this.#isStopped) return;
    const old = this.#jobs;
    for (const [key, feed] of created) this.#feeds.set(key, feed);
    await this.#start([...created.values()], old.length > 0);
    this.#jobs = this.#subscribe(jobs);
    this.#dropUnused();
    await this.#makeAll(jobs);
    this.#withdraw(old);
    this.#flush();
    this.#settle();
  }

  /**
   * Lets `feeds` find what there is before what they take the place of is withdrawn, for a while: a mechanism that finds nothing must not
   * keep a reload from the others.
   */
  async #start(feeds: readonly Feed[], isReload: boolean): Promise<void> {
    const synced = new AbortController();
    const look = (): void => {
      if (feeds.every(({ mechanism }) => mechanism.status.hasSynced)) synced.abort();
    };
    for (const { mechanism } of feeds) {
      mechanism.start(() => {
        this.#changed();
        look();
      });
    }
    look();
    if (!isReload) return;
    await pause(this.#options.clock, FIRST_FINDS_MS, synced.signal);
    // They have no subscribers yet; these are told below.
    for (const feed of feeds) {
      while (feed.takeChanges(GROUPS_AT_ONCE) !== undefined) {
        // oxlint-disable-next-line no-await-in-loop -- slices
        await this.#breathe();
      }
    }
  }

  async #createMissing(jobs: readonly Job[]): Promise<ReadonlyMap<string, Feed>> {
    const created = new Map<string, Feed>();
    for (const config of jobs.flatMap(({ discoveries }) => discoveries)) {
      const key = JSON.stringify(config);
      if (this.#feeds.has(key) || created.has(key)) continue;
      // oxlint-disable-next-line no-await-in-loop -- they share what they load
      created.set(key, new Feed(await this.#options.createMechanism(config)));
    }
    return created;
  }

  /** One record for each job; the n-th job of a name is the same job after a reload. */
  #subscribe(jobs: readonly Job[]): readonly JobTargets[] {
    const { identity, find } = this.#options;
    const namesakes = new Map<string, number>();
    const subscribers = new Map<Feed, Subscriber[]>();
    const targets = jobs.map((job, rank) => {
      const count = namesakes.get(job.name) ?? 0;
      namesakes.set(job.name, count + 1);
      const jobTargets = new JobTargets(`${job.name} ${count}`, rank, { job, identity, find });
      for (const [index, config] of job.discoveries.entries()) {
        const feed = this.#feeds.get(JSON.stringify(config));
        if (feed === undefined) continue;
        const list = subscribers.get(feed) ?? [];
        list.push({ job: jobTargets, name: `discovery/${index}` });
        subscribers.set(feed, list);
      }
      return jobTargets;
    });
    for (const feed of this.#feeds.values()) feed.subscribers = subscribers.get(feed) ?? [];
    return targets;
  }

  #dropUnused(): void {
    for (const [key, feed] of this.#feeds) {
      if (feed.subscribers.length > 0) continue;
      feed.mechanism.stop();
      this.#feeds.delete(key);
    }
  }

  async #makeAll(jobs: readonly Job[]): Promise<void> {
    for (const [index, job] of this.#jobs.entries()) {
      for (const group of jobs[index]?.staticGroups ?? []) {
        const { source, unusable } = job.take('static', group);
        this.#take({ sources: [source], unusable: unusable.map((target) => ({ ...target, job: job.name })) });
      }
    }
    for (const feed of this.#feeds.values()) {
      for (const groups of batches(feed.groups(), GROUPS_AT_ONCE)) {
        this.#take(feed.distribute(groups));
        // oxlint-disable-next-line no-await-in-loop -- slices
        await this.#breathe();
      }
    }
  }

  /** Takes away what jobs had before and have no longer. */
  #withdraw(old: readonly JobTargets[]): void {
    const present = new Set(this.#jobs.flatMap(({ sourceKeys }) => [...sourceKeys]));
    for (const { sourceKeys } of old) {
      for (const key of sourceKeys) if (!present.has(key)) this.#waiting.push({ key, rank: 0, targets: [] });
    }
  }

  #changed(): void {
    if (this.#isStopped) return;
    this.#batch ??= this.#options.clock.after(BATCH_MS, () => {
      this.#batch = undefined;
      this.#inTurn(() => this.#takeChanges()).catch((error: unknown) => {
        this.#options.logger.error({ error: errorMessage(error) }, 'discovery failed');
      });
    });
  }

  /** Ends before all is taken when changes come faster than they can be followed: what is made by then has to be told. */
  async #takeChanges(): Promise<void> {
    const { clock } = this.#options;
    const endsAt = clock.now() + TURN_MS;
    let isDone = false;
    while (!isDone && clock.now() < endsAt) isDone = !(await this.#takeRound());
    this.#flush();
    this.#settle();
    if (!isDone) this.#changed();
  }

  /** A slice of time for each feed, so that none waits for another with more to make. @returns whether there was anything */
  async #takeRound(): Promise<boolean> {
    const { clock } = this.#options;
    let hasTaken = false;
    for (const feed of this.#feeds.values()) {
      const endsAt = clock.now() + SLICE_MS;
      for (let change = feed.takeChanges(GROUPS_AT_ONCE); change; change = feed.takeChanges(GROUPS_AT_ONCE)) {
        hasTaken = true;
        this.#take(change);
        // oxlint-disable-next-line no-await-in-loop -- slices
        await this.#breathe();
        if (clock.now() >= endsAt) break;
      }
    }
    return hasTaken;
  }

  #take({ sources, unusable }: FeedChange): void {
    this.#waiting.push(...sources);
    for (const { targets } of sources) this.#waitingTargets += targets.length;
    for (const { job, labels, message } of unusable) {
      const address = hideUserinfo(labels['__address__'] ?? '');
      this.#options.logger.warn({ job, address, error: message }, 'target left out');
    }
  }

  /** Lets scrapes run when the slice is over. */
  async #breathe(): Promise<void> {
    const { clock } = this.#options;
    if (this.#waitingTargets >= MAX_TARGETS_AT_ONCE) this.#flush();
    if (clock.now() < this.#sliceEndsAt) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#sliceEndsAt = clock.now() + SLICE_MS;
  }

  #flush(): void {
    const sources = this.#waiting;
    this.#waiting = [];
    this.#waitingTargets = 0;
    if (sources.length > 0 && !this.#isStopped) this.#options.deliver(sources);
  }

  #settle(): void {
    this.#options.settled();
    if ([...this.#feeds.values()].every(({ hasFoundAll }) => hasFoundAll)) this.#ready.resolve();
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(() => (this.#isStopped ? undefined : run()));
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }
}

function* batches(groups: Iterable<TargetGroup>, size: number): Generator<readonly TargetGroup[]> {
  let batch: TargetGroup[] = [];
  for (const group of groups) {
    batch.push(group);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
