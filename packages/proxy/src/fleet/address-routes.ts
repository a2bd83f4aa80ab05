// Who serves one address, path by path. Lists are replaced, never changed: a scrape may still hold one.
// It must not know tunnels: claims are opaque here.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { AgentConnection } from './agent-connection.ts';
import { Claim } from './claim.ts';
import type { Departure } from './departure.ts';

/** The claims on one path, and the agents that had one before they left. */
export class PathRoutes {
  readonly path: string;
  claims: readonly Claim[] = [];
  departures: readonly Departure[] = [];
  /** What a scrape is told; kept ready, so that asking allocates nothing. */
  served: { readonly kind: 'served'; readonly serving: readonly Claim[] } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  get isEmpty(): boolean {
    return this.claims.length === 0 && this.departures.length === 0;
  }

  replaceClaims(claims: readonly Claim[]): void {
    this.claims = claims;
    this.served = claims.length === 0 ? undefined : { kind: 'served', serving: claims };
  }

  find(connection: AgentConnection, { passthrough }: AnnouncedTarget): Claim | undefined {
    return this.claims.find((claim) => claim.connection === connection && claim.passthrough === passthrough);
  }
}

/** Paths of an address up to which looking at each is faster, and much smaller, than a Map. */
const MAX_SCANNED = 8;

export class AddressRoutes {
  #paths: PathRoutes[] = [];
  #byPath: Map<string, PathRoutes> | undefined;
  #all: readonly Claim[] | undefined;

  get isEmpty(): boolean {
    return this.#paths.length === 0;
  }

  find(path: string): PathRoutes | undefined {
    if (this.#byPath !== undefined) return this.#byPath.get(path);
    for (const routes of this.#paths) if (routes.path === path) return routes;
    return undefined;
  }

  add(connection: AgentConnection, target: AnnouncedTarget): void {
    const routes = this.#findOrAdd(target.path);
    const claim = routes.find(connection, target);
    if (claim !== undefined) return claim.add(target);
    routes.replaceClaims([...routes.claims, new Claim(connection, target)]);
    this.#all = undefined;
  }

  remove(connection: AgentConnection, target: AnnouncedTarget): void {
    const routes = this.find(target.path);
    const claim = routes?.find(connection, target);
    if (routes === undefined || claim?.remove(target) !== true) return;
    routes.replaceClaims(routes.claims.filter((other) => other !== claim));
    this.#dropIfEmpty(routes);
    this.#all = undefined;
  }

  depart(departure: Departure, path: string): void {
    const routes = this.#findOrAdd(path);
    if (!routes.departures.includes(departure)) routes.departures = [...routes.departures, departure];
  }

  forget(departure: Departure, path: string): void {
    const routes = this.find(path);
    if (routes === undefined) return;
    routes.departures = routes.departures.filter((other) => other !== departure);
    this.#dropIfEmpty(routes);
  }

  /** Claims on any path. */
  get all(): readonly Claim[] {
    this.#all ??= this.#paths.flatMap(({ claims }) => claims);
    return this.#all;
  }

  /** Whether agents of another cluster than `cluster` serve this address, or did until a while ago. */
  isHeldByOther(cluster: string): boolean {
    return this.#paths.some(({ claims, departures }) =>
      [...claims, ...departures].some(({ connection }) => connection.cluster !== cluster),
    );
  }

  /** Claims that allow `path` although none names it. */
  allowing(path: string): readonly Claim[] {
    return this.all.filter((claim) => claim.allows(path));
  }

  /** Paths and patterns that may be asked now, for people. */
  get exposedPaths(): readonly string[] {
    const served = this.#paths.filter(({ claims }) => claims.length > 0).map(({ path }) => path);
    return [...new Set([...served, ...this.all.flatMap(({ allowedPaths }) => allowedPaths)])];
  }

  /** The newest departure from any path. */
  get lastDeparture(): Departure | undefined {
    return newestOf(this.#paths.flatMap(({ departures }) => departures));
  }

  #findOrAdd(path: string): PathRoutes {
    const known = this.find(path);
    if (known !== undefined) return known;
    const routes = new PathRoutes(path);
    this.#paths.push(routes);
    if (this.#byPath !== undefined) this.#byPath.set(path, routes);
    else if (this.#paths.length > MAX_SCANNED) this.#byPath = new Map(this.#paths.map((each) => [each.path, each]));
    return routes;
  }

  #dropIfEmpty(routes: PathRoutes): void {
    if (!routes.isEmpty) return;
    const last = this.#paths.pop();
    // Order means nothing here, and taking one out of the middle of 10,000 paths would cost 10,000 moves.
    const index = last === routes || last === undefined ? -1 : this.#paths.indexOf(routes);
    if (index >= 0 && last !== undefined) this.#paths[index] = last;
    this.#byPath?.delete(routes.path);
  }
}

export function newestOf(departures: readonly Departure[]): Departure | undefined {
  return departures.reduce<Departure | undefined>(
    (newest, departure) => (newest === undefined || departure.at > newest.at ? departure : newest),
    undefined,
  );
}
