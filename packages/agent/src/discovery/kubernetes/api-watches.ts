// All that is watched at API servers: one client for each server, one watch for each choice of objects, however many roles and jobs ask.

import type { ApiServer } from './api-server.ts';
import { ApiClient } from './api-client.ts';
import type { CachedObject } from './object-cache.ts';
import type { Selection } from './resources.ts';
import { slimEndpoints, slimEndpointSlice, slimIngress, slimNode, slimPod, slimService } from './slim-objects.ts';
import { WatchedObjects, type WatchSurroundings } from './watched-objects.ts';

const SLIM = {
  pods: slimPod,
  nodes: slimNode,
  services: slimService,
  endpoints: slimEndpoints,
  endpointslices: slimEndpointSlice,
  ingresses: slimIngress,
} as const;

type ObjectOf<Resource extends keyof typeof SLIM> = ReturnType<(typeof SLIM)[Resource]>;

/** A share in a watch. */
export interface Lease<T extends CachedObject> {
  readonly objects: WatchedObjects<T>;
  /** Ends the watch with its last share; once. */
  readonly release: () => void;
}

interface Shared<T extends CachedObject> {
  readonly objects: WatchedObjects<T>;
  shares: number;
}

type Shelf<Resource extends keyof typeof SLIM> = Map<string, Shared<ObjectOf<Resource>>>;

export class ApiWatches {
  readonly #surroundings: WatchSurroundings;
  readonly #userAgent: string;
  readonly #clients = new Map<string, { readonly client: ApiClient; shares: number }>();
  readonly #shelves: { readonly [Resource in keyof typeof SLIM]: Shelf<Resource> } = {
    pods: new Map(),
    nodes: new Map(),
    services: new Map(),
    endpoints: new Map(),
    endpointslices: new Map(),
    ingresses: new Map(),
  };

  constructor(surroundings: WatchSurroundings, userAgent: string) {
    this.#surroundings = surroundings;
    this.#userAgent = userAgent;
  }

  pods(server: ApiServer, selection: SelectionOf): Lease<ObjectOf<'pods'>> {
    return this.#lease(this.#shelves.pods, SLIM.pods, server, { ...selection, resource: 'pods' });
  }

  nodes(server: ApiServer, selection: SelectionOf): Lease<ObjectOf<'nodes'>> {
    return this.#lease(this.#shelves.nodes, SLIM.nodes, server, { ...selection, resource: 'nodes' });
  }

  services(server: ApiServer, selection: SelectionOf): Lease<ObjectOf<'services'>> {
    return this.#lease(this.#shelves.services, SLIM.services, server, { ...selection, resource: 'services' });
  }

  endpoints(server: ApiServer, selection: SelectionOf): Lease<ObjectOf<'endpoints'>> {
    return this.#lease(this.#shelves.endpoints, SLIM.endpoints, server, { ...selection, resource: 'endpoints' });
  }

  endpointSlices(server: ApiServer, selection: SelectionOf): Lease<ObjectOf<'endpointslices'>> {
    const choice = { ...selection, resource: 'endpointslices' } as const;
    return this.#lease(this.#shelves.endpointslices, SLIM.endpointslices, server, choice);
  }

  ingresses(server: ApiServer, selection: SelectionOf): Lease<ObjectOf<'ingresses'>> {
    return this.#lease(this.#shelves.ingresses, SLIM.ingresses, server, { ...selection, resource: 'ingresses' });
  }

  #lease<T extends CachedObject>(
    shelf: Map<string, Shared<T>>,
    slim: (raw: unknown) => T,
    server: ApiServer,
    selection: Selection,
  ): Lease<T> {
    const key = JSON.stringify([server, selection]);
    const shared = shelf.get(key) ?? this.#open(slim, server, selection);
    shelf.set(key, shared);
    shared.shares += 1;
    const release = (): void => {
      shared.shares -= 1;
      if (shared.shares > 0) return;
      shelf.delete(key);
      shared.objects.stop();
      this.#releaseClient(server);
    };
    return { objects: shared.objects, release };
  }

  #open<T extends CachedObject>(slim: (raw: unknown) => T, server: ApiServer, selection: Selection): Shared<T> {
    const api = this.#clientFor(server);
    const objects = new WatchedObjects({ ...this.#surroundings, selection, slim, api });
    objects.start();
    return { objects, shares: 0 };
  }

  #clientFor(server: ApiServer): ApiClient {
    const key = JSON.stringify(server);
    const known = this.#clients.get(key) ?? {
      client: new ApiClient({ server, clock: this.#surroundings.clock, userAgent: this.#userAgent }),
      shares: 0,
    };
    known.shares += 1;
    this.#clients.set(key, known);
    return known.client;
  }

  #releaseClient(server: ApiServer): void {
    const key = JSON.stringify(server);
    const known = this.#clients.get(key);
    if (known === undefined) return;
    known.shares -= 1;
    if (known.shares > 0) return;
    this.#clients.delete(key);
    void known.client.destroy();
  }
}

type SelectionOf = Omit<Selection, 'resource'>;
