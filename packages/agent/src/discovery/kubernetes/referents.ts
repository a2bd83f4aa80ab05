// The objects to which the addresses of one Endpoints or EndpointSlice refer, for those who name targets after them: labels tell the name of a
// pod or node, but neither its namespace nor whether the address is the only one that it has.

import { isIPv6 } from 'node:net';
import type { NamedObjects } from '../target-group.ts';
import type { BackingPods } from './backing-pods.ts';
import type { ObjectReference } from './objects.ts';

/** Addresses that refer to one object. */
export interface ReferringAddresses {
  readonly target: ObjectReference | undefined;
  readonly addresses: readonly string[];
}

export interface ReferentsOptions {
  /** Of the Endpoints; of an object too whose reference names none. */
  readonly namespace: string;
  readonly pods: BackingPods;
  readonly found: readonly ReferringAddresses[];
  /** The same as they are when this is called; none when the Endpoints are gone. */
  readonly now: () => readonly ReferringAddresses[];
}

export class Referents implements NamedObjects {
  readonly #options: ReferentsOptions;
  /** By kind and name; made when somebody asks for an object that is not known. */
  #unknown: ReadonlyMap<string, readonly ReferringAddresses[]> | undefined;

  constructor(options: ReferentsOptions) {
    this.#options = options;
  }

  /**
   * Of a pod that is known, its address counts. Of one that is not, and of nodes, nobody can say which of several is the first; so none
   * of them has the name, and neither has an IPv6 address, whose IPv4 twin stands in a slice of its own.
   */
  namespaceOf(kind: ObjectReference['kind'], name: string, ip: string): string | undefined {
    const { namespace, pods, found } = this.#options;
    const pod = kind === 'Pod' ? pods.find(name, ip) : undefined;
    if (pod !== undefined) return pod.namespace;
    this.#unknown ??= Map.groupBy(found, ({ target }) => `${target?.kind ?? ''}/${target?.name ?? ''}`);
    const referring = this.#unknown.get(`${kind}/${name}`) ?? [];
    const addresses = new Set(referring.flatMap(({ addresses }) => addresses));
    if (addresses.size !== 1 || !addresses.has(ip) || isIPv6(ip)) return undefined;
    return referring[0]?.target?.namespace || namespace;
  }

  /** Where the agent may not list pods, the Endpoints are all that can be known of them. */
  podHolds(name: string, ip: string): boolean {
    const { pods, now } = this.#options;
    const pod = pods.find(name, ip);
    if (pod !== undefined) return pods.stillHas(pod, ip);
    return now().some(({ target, addresses }) => target?.name === name && addresses.includes(ip));
  }
}
