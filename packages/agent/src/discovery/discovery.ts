// Finds the targets of all jobs and keeps them up to date: those that are written down, and those that mechanisms find while the agent runs.
// It must not know how a mechanism finds anything, nor who is told. One turn at a time, in slices, so that scrapes never wait for it:
//
//   load(jobs) ─┐                         ┌─ slice: units of work ─┐
//               ├─► one turn after another┤  the event loop        ├─ … ─► deliver(sources)
//   a change ───┘ (250 ms later)          └─ slice: units of work ─┘
//
// A unit is one target, or one address of it, so a group of thousands takes many slices. The states of a group, and what may happen meanwhile:
//
//   changed ──► being made ──► waiting ──► being put in order ──► announced
//               by its role,   with up to  the target set          all of it in one announcement, and
//               then by the    200 other   changes nothing that    admitted, in the same step
//               job's rules    targets     anybody sees
//
//   it changes again   its mechanism keeps that for the next taking: the group is made to its end as it was, and then anew; where both wait
//                      for the same announcement, the newer one counts
//   a reload           waits for its turn, as a change does
//   stop               what is being made is left where it is, and nothing is announced any more
//   a pod's address    goes to another pod: each target asks its pod when it is scraped, whether the group was announced before or after
//   a new tunnel       is told all that was announced before, and the group with the next announcement

import type { Clock, Timer } from '@pullway/shared/runtime/clock';
import { hideUserinfo } from '@pullway/shared/http/userinfo';
import { errorMessage, type Logger } from '@pullway/shared/runtime/logger';
import { Pace, type Work } from '@pullway/shared/runtime/pace';
import { pause } from '@pullway/shared/runtime/pause';
import type { DiscoveryConfig } from '../config/discovery-config.ts';
import type { Job } from '../config/job.ts';
import { MAX_REFUSED_LOGGED, SLICE_MS } from '../limits.ts';
import type { AgentIdentity } from '../targets/address.ts';
import type { TargetSource } from '../targets/contenders.ts';
import type { FindExporter } from '../targets/exporters.ts';
import type { Feed, FeedChange } from './feed.ts';
import { Feeds } from './feeds.ts';
import { JobTargets, type DroppedTarget } from './job-targets.ts';
import type { Mechanism, MechanismStatus } from './mechanism.ts';
import { formerFinds, StandIns } from './stand-ins.ts';
import { Turn } from './turn.ts';

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: AgentIdentity;
  readonly find: FindExporter;
  /** Makes what finds targets, without starting it. @throws ConfigError when `config` cannot be used here. */
  readonly createMechanism: (config: DiscoveryConfig) => Promise<Mechanism>;
  /** Takes what sources have now, as one announcement. */
  readonly deliver: (sources: readonly TargetSource[]) => Work<void>;
  /** What is to be done when nothing is left to deliver for now. */
  readonly settle: () => Work<void>;
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

/** Longest that changes wait for those behind them before they are told, in milliseconds. */
const TURN_MS = 500;

/** Targets told at a time: few enough that the first of thousands are told soon. */
const MAX_TARGETS_AT_ONCE = 200;

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #feeds: Feeds;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #standIns = new StandIns();
  #jobs: readonly JobTargets[] = [];
  #lastTurn: Promise<void> = Promise.resolve();
  #batch: Timer | undefined;
  #waiting: TargetSource[] = [];
  #waitingTargets = 0;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#feeds = new Feeds(options.createMechanism);
    this.#pace = new Pace(options.clock, SLICE_MS);
  }

  /** Resolves when every mechanism has found what there was at first; never when one cannot. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get statuses(): readonly MechanismStatus[] {
    return this.#feeds.all.map(({ mechanism }) => mechanism.status);
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
    this.#stopping.abort();
    this.#batch?.cancel();
    this.#feeds.stop();
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #load(jobs: readonly Job[]): Promise<void> {
    const created = await this.#feeds.createMissing(jobs);
    if (this.#isStopped) return;
    const old = this.#jobs;
    this.#feeds.add(created);
    await this.#start([...created.values()], old.length > 0);
    if (this.#isStopped) return;
    const finds = formerFinds(this.#feeds.all);
    const kept = [...this.#standIns.sources];
    this.#jobs = this.#recordsOf(jobs);
    this.#feeds.subscribe(jobs, this.#jobs);
    for (const job of this.#standIns.revise(finds, this.#feeds.all))
      this.#options.logger.warn({ job }, 'discovery has no answer yet; what it found before the reload stays');
    this.#feeds.dropUnused(this.#standIns.feeds);
    await this.#run(this.#remake(jobs, [...old.map(({ sourceKeys }) => sourceKeys), kept]));
  }

  /** `old`: keys of all sources that there were. */
  *#remake(jobs: readonly Job[], old: readonly Iterable<string>[]): Work<void> {
    yield* this.#makeAll(jobs);
    for (const keys of old) yield* this.#withdraw(keys);
    yield* this.#releaseStandIns();
    yield* this.#flush();
    yield* this.#settle();
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
    await pause(this.#options.clock, FIRST_FINDS_MS, AbortSignal.any([synced.signal, this.#stopping.signal]));
    // They have no subscribers yet; these are told below.
    for (const feed of feeds) await this.#run(takeAll(feed));
  }

  /** One record for each job; the n-th job of a name is the same job after a reload. */
  #recordsOf(jobs: readonly Job[]): readonly JobTargets[] {
    const { identity, find } = this.#options;
    const namesakes = new Map<string, number>();
    return jobs.map((job, rank) => {
      const count = namesakes.get(job.name) ?? 0;
      namesakes.set(job.name, count + 1);
      return new JobTargets(`${job.name} ${count}`, rank, { job, identity, find });
    });
  }

  *#makeAll(jobs: readonly Job[]): Work<void> {
    for (const [index, job] of this.#jobs.entries()) {
      for (const group of jobs[index]?.staticGroups ?? []) {
        const { source, unusable } = yield* job.take('static', group);
        yield* this.#take({ sources: [source], unusable: unusable.map((target) => ({ ...target, job: job.name })) });
      }
    }
    for (const feed of this.#feeds.used) {
      for (const group of feed.groups()) yield* this.#take(yield* feed.distribute([group]));
    }
  }

  /** Takes away those of `keys` that no job has any longer, nor keeps for now. */
  *#withdraw(keys: Iterable<string>): Work<void> {
    const kept = new Set(this.#standIns.sources);
    for (const key of keys) {
      if (!kept.has(key) && !this.#jobs.some(({ sourceKeys }) => sourceKeys.has(key)))
        this.#waiting.push({ key, rank: 0, targets: [] });
      yield;
    }
  }

  *#releaseStandIns(): Work<void> {
    const sources = this.#standIns.release();
    if (sources.length === 0) return;
    yield* this.#withdraw(sources);
    this.#feeds.dropUnused(this.#standIns.feeds);
  }

  #changed(): void {
    if (this.#isStopped) return;
    this.#batch ??= this.#options.clock.after(BATCH_MS, () => {
      this.#batch = undefined;
      this.#inTurn(() => this.#run(this.#takeChanges())).catch((error: unknown) => {
        this.#options.logger.error({ error: errorMessage(error) }, 'discovery failed');
        // What had changed beside it has been told already, and will not be told again.
        this.#changed();
      });
    });
  }

  /** Ends before all is taken when changes come faster than they can be followed: what is made by then has to be told. */
  *#takeChanges(): Work<void> {
    const { clock } = this.#options;
    const endsAt = clock.now() + TURN_MS;
    const turn = new Turn(this.#feeds.used);
    while (turn.feeds.size > 0 && clock.now() < endsAt) yield* this.#takeRound(turn);
    yield* this.#releaseStandIns();
    yield* this.#flush();
    yield* this.#settle();
    if (turn.leavesSome) this.#changed();
  }

  /** A slice of time for each feed, so that none waits for another with more to make. */
  *#takeRound(turn: Turn): Work<void> {
    const { clock } = this.#options;
    for (const feed of turn.feeds) {
      const endsAt = clock.now() + SLICE_MS;
      do {
        const change = yield* feed.takeChanges(1);
        turn.took(feed, change);
        if (change !== undefined) yield* this.#take(change);
      } while (turn.feeds.has(feed) && clock.now() < endsAt);
    }
  }

  *#take({ sources, unusable }: FeedChange): Work<void> {
    const { logger } = this.#options;
    for (const source of sources) {
      this.#waiting.push(source);
      this.#waitingTargets += source.targets.length;
    }
    for (const { job, labels, message } of unusable.slice(0, MAX_REFUSED_LOGGED))
      logger.warn({ job, address: hideUserinfo(labels['__address__'] ?? ''), error: message }, 'target left out');
    if (unusable.length > MAX_REFUSED_LOGGED)
      logger.warn({ count: unusable.length - MAX_REFUSED_LOGGED }, 'more targets left out');
    yield;
    if (this.#waitingTargets >= MAX_TARGETS_AT_ONCE) yield* this.#flush();
  }

  *#flush(): Work<void> {
    const sources = this.#waiting;
    this.#waiting = [];
    this.#waitingTargets = 0;
    if (sources.length > 0) yield* this.#options.deliver(sources);
  }

  *#settle(): Work<void> {
    yield* this.#options.settle();
    if (this.#feeds.used.every(({ hasFoundAll }) => hasFoundAll)) this.#ready.resolve();
  }

  #run(work: Work<void>): Promise<void> {
    return this.#pace.run(work, this.#stopping.signal);
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(() => (this.#isStopped ? undefined : run()));
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }
}

function* takeAll(feed: Feed): Work<void> {
  while ((yield* feed.takeChanges(1)) !== undefined) yield;
}
