// The routing table: address → path → who serves it. It is asked once for every scrape, so a question costs two look-ups and no garbage.
// It must not know how tunnels come and go: the fleet tells it.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { AgentConnection } from './agent-connection.ts';
import { AddressRoutes, newestOf } from './address-routes.ts';
import type { Serving } from './claim.ts';
import type { Departure } from './departure.ts';

export type { Serving } from './claim.ts';

export type Routing =
  /** At least one; live tunnels only. */
  | { readonly kind: 'served'; readonly serving: readonly Serving[] }
  /** Known, but every tunnel is gone; `sinceMs`: milliseconds since the last one went. */
  | { readonly kind: 'departed'; readonly agent: string; readonly sinceMs: number }
  /** The address is known, the path is neither announced nor allowed. */
  | { readonly kind: 'not_exposed'; readonly paths: readonly string[] }
  | { readonly kind: 'unknown' };

const UNKNOWN: Routing = { kind: 'unknown' };

export class Routes {
  readonly #now: () => number;
  readonly #addresses = new Map<string, AddressRoutes>();

  /** `now`: milliseconds on the clock of the fleet. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Who serves `path` (without query) at `address` (in its normal form). */
  route(address: string, path: string): Routing {
    const routes = this.#addresses.get(address);
    if (routes === undefined) return UNKNOWN;
    const onPath = routes.find(path);
    if (onPath?.served !== undefined) return onPath.served;
    const allowing = routes.allowing(path);
    if (allowing.length > 0) return { kind: 'served', serving: allowing };
    // Of an address that nobody serves now it cannot be said which paths it would have.
    const departure =
      newestOf(onPath?.departures ?? []) ?? (routes.all.length === 0 ? routes.lastDeparture : undefined);
    return departure === undefined ? { kind: 'not_exposed', paths: routes.exposedPaths } : this.#departed(departure);
  }

  /** All targets of `address`, whatever their path. */
  connectTargets(address: string): Routing {
    const routes = this.#addresses.get(address);
    if (routes === undefined) return UNKNOWN;
    if (routes.all.length > 0) return { kind: 'served', serving: routes.all };
    const departure = routes.lastDeparture;
    return departure === undefined ? UNKNOWN : this.#departed(departure);
  }

  /** Whether an agent has announced `address`, even one that has departed since. */
  hasAddress(address: string): boolean {
    return this.#addresses.has(address);
  }

  /** Whether `address` belongs to another cluster than `cluster`: the first to announce it keeps it as long as it is known. */
  isHeldByOther(address: string, cluster: string): boolean {
    return this.#addresses.get(address)?.isHeldByOther(cluster) === true;
  }

  add(connection: AgentConnection, targets: Iterable<AnnouncedTarget>): void {
    for (const target of targets) this.#findOrAdd(target.address).add(connection, target);
  }

  remove(connection: AgentConnection, targets: Iterable<AnnouncedTarget>): void {
    for (const target of targets) {
      const routes = this.#addresses.get(target.address);
      routes?.remove(connection, target);
      if (routes?.isEmpty === true) this.#addresses.delete(target.address);
    }
  }

  /** `targets` of `departure` have no tunnel any more, and are answered with that. */
  depart(departure: Departure, targets: Iterable<AnnouncedTarget>): void {
    for (const target of targets) {
      const routes = this.#findOrAdd(target.address);
      routes.remove(departure.connection, target);
      routes.depart(departure, target.path);
    }
  }

  /** `targets` of `departure` are as if they had never been. */
  forget(departure: Departure, targets: Iterable<AnnouncedTarget>): void {
    for (const { address, path } of targets) {
      const routes = this.#addresses.get(address);
      routes?.forget(departure, path);
      if (routes?.isEmpty === true) this.#addresses.delete(address);
    }
  }

  #findOrAdd(address: string): AddressRoutes {
    let routes = this.#addresses.get(address);
    if (routes === undefined) {
      routes = new AddressRoutes();
      this.#addresses.set(address, routes);
    }
    return routes;
  }

  #departed({ connection, at }: Departure): Routing {
    return { kind: 'departed', agent: connection.name, sinceMs: this.#now() - at };
  }
}
