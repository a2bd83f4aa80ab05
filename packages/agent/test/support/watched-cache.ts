// A list-watch on a stand-in API server with a cache behind it, and what it told on the way.

import type { TestContext } from 'node:test';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { ApiClient, type ApiClientOptions } from '../../src/discovery/kubernetes/api-client.ts';
import type { ApiError } from '../../src/discovery/kubernetes/api-error.ts';
import { apiServerAt, type ApiServer } from '../../src/discovery/kubernetes/api-server.ts';
import { ListWatch, type ListWatchObserver } from '../../src/discovery/kubernetes/list-watch.ts';
import { ObjectCache } from '../../src/discovery/kubernetes/object-cache.ts';
import type { Pod } from '../../src/discovery/kubernetes/objects.ts';
import type { Selection } from '../../src/discovery/kubernetes/resources.ts';
import { slimPod } from '../../src/discovery/kubernetes/slim-objects.ts';
import { NO_TLS_SETTINGS } from '../../src/targets/exporters.ts';
import type { StandInApiServer } from './api-server.ts';
import { ImpatientClock } from './impatient-clock.ts';

export const ALL_PODS: Selection = { resource: 'pods', namespace: '', labelSelector: '', fieldSelector: '' };

export class WatchedCache implements ListWatchObserver<Pod> {
  readonly cache = new ObjectCache<Pod>();
  readonly failures: ApiError[] = [];
  /** Lists that were taken over. */
  lists = 0;
  syncs = 0;
  #told: (() => void) | undefined;

  replaced(objects: readonly Pod[]): void {
    this.cache.replaceAll(objects);
    this.lists += 1;
    this.#told?.();
  }

  upserted(object: Pod): void {
    this.cache.set(object);
    this.#told?.();
  }

  deleted(namespace: string, name: string): void {
    this.cache.delete(namespace, name);
    this.#told?.();
  }

  failed(fault: ApiError): void {
    this.failures.push(fault);
    this.#told?.();
  }

  synced(): void {
    this.syncs += 1;
    this.#told?.();
  }

  /** Waits for something to be told until `isTrue` holds. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#told = resolve;
      await promise;
    }
  }

  get names(): readonly string[] {
    return [...this.cache.values()].map(({ namespace, name }) => `${namespace}/${name}`).toSorted();
  }
}

export interface Keeping {
  readonly watched: WatchedCache;
  /** Of the pauses between attempts. */
  readonly clock: ImpatientClock;
  /** Of the silence that is allowed; it stands still. */
  readonly silence: SimulatedClock;
  /** Ends it; also done at the end of the test. */
  readonly stop: () => Promise<void>;
}

interface KeepOptions {
  readonly url: string;
  readonly selection?: Selection;
  readonly server?: Partial<ApiServer>;
  readonly api?: Partial<ApiClientOptions>;
}

/** Keeps a cache of pods up to date until the end of the test. */
export function keepPods(t: TestContext, { url, selection = ALL_PODS, server, api }: KeepOptions): Keeping {
  const silence = new SimulatedClock();
  const plain = apiServerAt(url, { tls: NO_TLS_SETTINGS, credentials: { kind: 'none' } });
  const client = new ApiClient({ server: { ...plain, ...server }, clock: silence, userAgent: 'test', ...api });
  const watched = new WatchedCache();
  const clock = new ImpatientClock();
  const stopping = new AbortController();
  const options = { selection, slim: slimPod, api: client, observer: watched, clock, random: () => 0.5 };
  const running = new ListWatch(options).run(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
    await client.destroy();
  };
  t.after(stop);
  return { watched, clock, silence, stop };
}

/** Whether `watched` has just what `server` holds. */
export function isTruth(server: StandInApiServer, watched: WatchedCache, selection: Selection = ALL_PODS): boolean {
  const truth = new ObjectCache<Pod>();
  truth.replaceAll(server.store.list(selection).map(slimPod));
  return JSON.stringify(sorted(truth)) === JSON.stringify(sorted(watched.cache));
}

function sorted(cache: ObjectCache<Pod>): readonly Pod[] {
  const key = ({ namespace, name }: Pod): string => `${namespace}/${name}`;
  return [...cache.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
