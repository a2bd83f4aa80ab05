// The objects of one choice as they are known last, and how well they are kept up to date. Shared by all who ask for the same choice.
// It knows no roles.

import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import { Pace } from '@pullway/shared/runtime/pace';
import { SLICE_MS } from '../../limits.ts';
import type { ApiReader } from './api-client.ts';
import type { ApiError, ApiErrorCode } from './api-error.ts';
import { ListWatch, type ListWatchObserver } from './list-watch.ts';
import { ObjectCache, type CachedObject } from './object-cache.ts';
import type { Selection } from './resources.ts';

export interface WatchSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
}

export interface WatchedObjectsOptions<T> extends WatchSurroundings {
  readonly selection: Selection;
  readonly slim: (raw: unknown) => T;
  readonly api: ApiReader;
}

/** These do not pass by themselves; whoever waits for the objects waits no longer. */
const LASTING: ReadonlySet<ApiErrorCode> = new Set([
  'unauthorized',
  'forbidden',
  'not_found',
  'refused',
  'credentials',
]);

export class WatchedObjects<T extends CachedObject> implements ListWatchObserver<T> {
  readonly cache = new ObjectCache<T>();
  readonly #options: WatchedObjectsOptions<T>;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  readonly #syncListeners = new Set<() => void>();
  #hasSynced = false;
  #fault: ApiError | undefined;
  #failures = 0;
  #lastSyncTimestamp: number | undefined;

  constructor(options: WatchedObjectsOptions<T>) {
    this.#options = options;
    this.#pace = new Pace(options.clock, SLICE_MS);
  }

  /** Listed once, or found to be out of reach. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Attempts that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Why the objects may be out of date, for people; undefined when they are not. */
  get fault(): string | undefined {
    return this.#fault === undefined
      ? undefined
      : `${describeSelection(this.#options.selection)}: ${this.#fault.message}`;
  }

  /** Seconds since the epoch; now, while a watch stands. */
  get lastSyncTimestamp(): number | undefined {
    return this.#fault === undefined && this.#lastSyncTimestamp !== undefined ? now() : this.#lastSyncTimestamp;
  }

  /** Calls `listener` once, when `hasSynced` becomes true. */
  onSync(listener: () => void): void {
    this.#syncListeners.add(listener);
  }

  start(): void {
    void new ListWatch({ ...this.#options, observer: this }).run(this.#stopping.signal);
  }

  /** Idempotent. */
  stop(): void {
    this.#stopping.abort(new Error('the objects are not asked for any more'));
  }

  /** In slices of time: a list has thousands of objects, most of which have not changed. */
  async replaced(objects: readonly T[]): Promise<void> {
    const { signal } = this.#stopping;
    await this.#pace.run(this.cache.replacing(objects), signal);
    if (signal.aborted) return;
    this.#lastSyncTimestamp = now();
    this.#sync();
  }

  upserted(object: T): void {
    this.cache.set(object);
  }

  deleted(namespace: string, name: string): void {
    this.cache.delete(namespace, name);
  }

  failed(fault: ApiError): void {
    // That a server forgets old versions is part of ordinary life.
    if (fault.code === 'expired') return;
    this.#failures += 1;
    const known = this.#fault;
    if (known === undefined) this.#lastSyncTimestamp = this.#lastSyncTimestamp === undefined ? undefined : now();
    this.#fault = fault;
    if (known?.code !== fault.code) {
      this.#options.logger.warn(
        { ...this.#place, code: fault.code, error: fault.message },
        'kubernetes discovery failed',
      );
    }
    if (LASTING.has(fault.code)) this.#sync();
  }

  synced(): void {
    if (this.#fault !== undefined) this.#options.logger.info(this.#place, 'kubernetes discovery recovered');
    this.#fault = undefined;
    this.#lastSyncTimestamp = now();
  }

  get #place() {
    const { resource, namespace } = this.#options.selection;
    return { resource, namespace };
  }

  #sync(): void {
    if (this.#hasSynced) return;
    this.#hasSynced = true;
    for (const listener of this.#syncListeners) listener();
    this.#syncListeners.clear();
  }
}

function describeSelection({ resource, namespace }: Selection): string {
  return namespace === '' ? resource : `${resource} of namespace ${namespace}`;
}

function now(): number {
  return Date.now() / 1000;
}
