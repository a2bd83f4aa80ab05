// Keeps up with one choice of objects: lists them, then watches what changes from there on, for ever. It never gives up and never forgets:
// while the server is away, what was told last stays. It must not know what is done with the objects.

import type { Clock } from '@pullway/shared/runtime/clock';
import { pause } from '@pullway/shared/runtime/pause';
import {
  API_LIST_IDLE_MS,
  API_WATCH_MARGIN_MS,
  KUBERNETES_PAGE_ITEMS,
  MAX_KUBERNETES_OBJECTS,
  MIN_API_WATCH_S,
  PROVEN_WATCH_MS,
} from '../../limits.ts';
import type { ApiReader } from './api-client.ts';
import { ApiError, asApiError } from './api-error.ts';
import { ListReader, type ListEnd } from './list-reader.ts';
import type { CachedObject } from './object-cache.ts';
import { selectionPath, type Selection } from './resources.ts';
import { retryDelayMs } from './retry-delay.ts';
import { WatchReader, type WatchEvent } from './watch-reader.ts';

/** What is told; nothing of it may throw. */
export interface ListWatchObserver<T> {
  /** All there are: those not among them are gone. */
  replaced(objects: readonly T[]): void;
  upserted(object: T): void;
  deleted(namespace: string, name: string): void;
  /** An attempt failed, and changes do not arrive until `synced`. Told for each attempt; the next one follows by itself. */
  failed(fault: ApiError): void;
  /** The server has taken a watch: from here on each change is told. Also after watches that ended in good order. */
  synced(): void;
}

export interface ListWatchOptions<T> {
  readonly selection: Selection;
  readonly slim: (raw: unknown) => T;
  readonly api: ApiReader;
  readonly observer: ListWatchObserver<T>;
  readonly clock: Clock;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
}

export class ListWatch<T extends CachedObject> {
  readonly #options: ListWatchOptions<T>;
  /** From where to watch; undefined: list first. */
  #version: string | undefined;
  #failures = 0;

  constructor(options: ListWatchOptions<T>) {
    this.#options = options;
  }

  /**
   * Runs until `signal` is aborted; never rejects.
   *
   *     list ──► watch ──► watch ──► …      a watch ends every few minutes: from the last version on
   *      ▲         │ 410, or an answer that is about the version itself
   *      └─────────┘ anything else: pause, and watch from the last version again
   */
  async run(signal: AbortSignal): Promise<void> {
    const { observer, clock, random } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#attempt(signal);
      } catch (error) {
        if (signal.aborted) return;
        const fault = asApiError(error);
        if (isAboutVersion(fault)) this.#version = undefined;
        observer.failed(fault);
        const delayMs = retryDelayMs(fault, this.#failures, random);
        this.#failures += 1;
        await pause(clock, delayMs, signal);
      }
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    this.#version ??= await this.#list(signal);
    await this.#watch(this.#version, signal);
  }

  // --- lists

  async #list(signal: AbortSignal): Promise<string> {
    const paged = await this.#readList(KUBERNETES_PAGE_ITEMS, signal);
    // Reading took longer than the server remembers; in one answer it cannot.
    const list = paged ?? (await this.#readList(undefined, signal));
    if (list === undefined)
      throw new ApiError('malformed', 'the server gave a part of a list that was asked for whole');
    // Not before all of it is there: what was told before stays until then.
    this.#options.observer.replaced(list.objects);
    return list.resourceVersion;
  }

  /** Undefined when the server has forgotten the place from where to go on. */
  async #readList(limit: number | undefined, signal: AbortSignal) {
    const objects: T[] = [];
    let page = await this.#readPage(objects, { limit, continueToken: '' }, signal);
    // All pages show the state of the first one.
    const { resourceVersion } = page;
    while (page.continueToken !== '') {
      try {
        page = await this.#readPage(objects, { limit, continueToken: page.continueToken }, signal);
      } catch (error) {
        if (error instanceof ApiError && (error.status === 410 || error.status === 400)) return undefined;
        throw error;
      }
    }
    return { objects, resourceVersion };
  }

  async #readPage(
    objects: T[],
    { limit, continueToken }: { limit: number | undefined; continueToken: string },
    signal: AbortSignal,
  ): Promise<ListEnd> {
    const { selection, api } = this.#options;
    const reader = new ListReader((item) => {
      if (objects.length >= MAX_KUBERNETES_OBJECTS) {
        throw new ApiError('malformed', `the list has more than ${MAX_KUBERNETES_OBJECTS} objects`);
      }
      objects.push(this.#slim(item));
    });
    await api.get({
      path: selectionPath(selection, { limit: limit === undefined ? '' : String(limit), continue: continueToken }),
      idleMs: API_LIST_IDLE_MS,
      signal,
      received: (chunk) => reader.push(chunk),
    });
    return reader.end();
  }

  // --- watches

  async #watch(version: string, signal: AbortSignal): Promise<void> {
    const { selection, observer, api, clock, random } = this.#options;
    const startedAt = clock.now();
    const reader = new WatchReader((event) => this.#take(event));
    // Spread, so that the watches of a fleet that began together do not all end together.
    const seconds = Math.round(MIN_API_WATCH_S * (1 + random()));
    const parameters = {
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(seconds),
    };
    try {
      await api.get({
        path: selectionPath(selection, parameters),
        idleMs: seconds * 1000 + API_WATCH_MARGIN_MS,
        signal,
        started: () => observer.synced(),
        received: (chunk) => reader.push(chunk),
      });
    } finally {
      if (clock.now() - startedAt >= PROVEN_WATCH_MS) this.#failures = 0;
    }
    // A server that ends each watch at once must not be asked without pause.
    if (this.#version === version && clock.now() - startedAt < PROVEN_WATCH_MS) {
      throw new ApiError('unreachable', 'the server ended the watch at once, without an event');
    }
  }

  #take(event: WatchEvent): void {
    const { observer } = this.#options;
    if (event.kind !== 'bookmark') {
      const object = this.#slim(event.object);
      if (event.kind === 'deleted') observer.deleted(object.namespace, object.name);
      else observer.upserted(object);
    }
    // Only now: after a failure before, the event comes again.
    this.#version = event.resourceVersion;
    this.#failures = 0;
  }

  #slim(raw: unknown): T {
    const object = this.#options.slim(raw);
    if (object.name === '') throw new ApiError('malformed', 'there is an object without a name');
    return object;
  }
}

/**
 * Whether watching from the same version may never succeed. 502 and 503 say that there is no server; any other refusal of a watch may be due
 * to the version: 500 for one that is no number, 504 for one of the future (another etcd, or one restored from a backup).
 */
function isAboutVersion({ code, status }: ApiError): boolean {
  if (code === 'server_error') return status !== 502 && status !== 503;
  return code === 'expired' || code === 'malformed' || code === 'refused' || code === 'not_found';
}
