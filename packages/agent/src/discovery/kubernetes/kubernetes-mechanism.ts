// One entry of `kubernetes_sd_configs`: the watches that its role needs in each namespace, and the groups that come of them.

import type { Work } from '@pullway/shared/runtime/pace';
import type { KubernetesDiscovery, KubernetesRole } from '../../config/discovery-config.ts';
import type { Mechanism, MechanismStatus } from '../mechanism.ts';
import type { TargetGroup } from '../target-group.ts';
import type { ApiServer } from './api-server.ts';
import type { ApiWatches, Lease } from './api-watches.ts';
import type { CachedObject } from './object-cache.ts';
import { roleGroups, WATCHED_KINDS, type AnyRoleGroups, type ObjectCaches } from './role.ts';
import type { WatchedObjects } from './watched-objects.ts';

export interface KubernetesMechanismOptions {
  readonly config: Pick<KubernetesDiscovery, 'role' | 'selectors' | 'attachNode'>;
  readonly server: ApiServer;
  /** None: all. */
  readonly namespaces: readonly string[];
  readonly watches: ApiWatches;
}

interface WatchedNamespace {
  readonly groups: AnyRoleGroups;
  readonly leases: readonly AnyLease[];
  readonly unfollow: () => void;
}

/** What has to be known of a watch, whatever objects it sees. */
type Watch = Pick<WatchedObjects<CachedObject>, 'hasSynced' | 'onSync' | 'fault' | 'failures' | 'lastSyncTimestamp'>;

interface AnyLease extends Pick<Lease<CachedObject>, 'release'> {
  readonly objects: Watch;
}

export class KubernetesMechanism implements Mechanism {
  readonly #options: KubernetesMechanismOptions;
  #namespaces: readonly WatchedNamespace[] = [];
  #hasStarted = false;
  /** Where the next taking begins: one namespace with changes all the time must not keep the others from being told. */
  #first = 0;

  constructor(options: KubernetesMechanismOptions) {
    this.#options = options;
  }

  get status(): MechanismStatus {
    const watches = this.#watches;
    const hasSynced = this.#hasStarted && watches.every(({ hasSynced }) => hasSynced);
    return {
      kind: 'kubernetes',
      role: this.#options.config.role,
      hasSynced,
      hasGivenFirst: hasSynced && this.#namespaces.every(({ groups }) => groups.hasGivenFirst),
      lastSyncTimestamp: oldest(watches.map(({ lastSyncTimestamp }) => lastSyncTimestamp)),
      failures: watches.reduce((sum, { failures }) => sum + failures, 0),
      faults: watches.flatMap(({ fault }) => fault ?? []),
    };
  }

  start(onChange: () => void): void {
    const { namespaces } = this.#options;
    this.#hasStarted = true;
    this.#namespaces = (namespaces.length === 0 ? [''] : namespaces).map((name) => this.#watch(name, onChange));
  }

  stop(): void {
    for (const { unfollow, leases } of this.#namespaces) {
      unfollow();
      for (const { release } of leases) release();
    }
    this.#namespaces = [];
  }

  /** Nothing of a namespace before all that its labels are made of is there: targets would change their names a moment later. */
  *takeChanges(limit: number): Work<readonly TargetGroup[]> {
    const groups: TargetGroup[] = [];
    const namespaces = [...this.#namespaces.slice(this.#first), ...this.#namespaces.slice(0, this.#first)];
    for (const namespace of namespaces) {
      if (groups.length >= limit) break;
      if (isSynced(namespace)) groups.push(...(yield* namespace.groups.takeChanges(limit - groups.length)));
      this.#first = this.#namespaces.indexOf(namespace) + 1;
    }
    return groups;
  }

  get #watches(): readonly Watch[] {
    return this.#namespaces.flatMap(({ leases }) => leases.map(({ objects }) => objects));
  }

  #watch(name: string, onChange: () => void): WatchedNamespace {
    const { caches, leases } = this.#lease(name);
    const groups = roleGroups(this.#options.config.role, caches);
    const namespace = { groups, leases, unfollow: groups.follow(onChange) };
    for (const { objects } of leases) objects.onSync(() => isSynced(namespace) && onChange());
    return namespace;
  }

  #lease(namespace: string): { readonly caches: ObjectCaches; readonly leases: readonly AnyLease[] } {
    const { config, server, watches } = this.#options;
    const leases: AnyLease[] = [];
    function take<T extends CachedObject>(lease: Lease<T>): WatchedObjects<T>['cache'] {
      leases.push(lease);
      return lease.objects.cache;
    }
    const select = (kind: KubernetesRole) => ({
      namespace: kind === 'node' ? '' : namespace,
      labelSelector: config.selectors[kind]?.label ?? '',
      fieldSelector: config.selectors[kind]?.field ?? '',
    });
    const kinds = new Set([...WATCHED_KINDS[config.role], ...(config.attachNode ? ['node' as const] : [])]);
    const caches = {
      ...(kinds.has('pod') ? { pods: take(watches.pods(server, select('pod'))) } : {}),
      ...(kinds.has('node') ? { nodes: take(watches.nodes(server, select('node'))) } : {}),
      ...(kinds.has('service') ? { services: take(watches.services(server, select('service'))) } : {}),
      ...(kinds.has('endpoints') ? { endpoints: take(watches.endpoints(server, select('endpoints'))) } : {}),
      ...(kinds.has('endpointslice')
        ? { endpointSlices: take(watches.endpointSlices(server, select('endpointslice'))) }
        : {}),
      ...(kinds.has('ingress') ? { ingresses: take(watches.ingresses(server, select('ingress'))) } : {}),
    };
    return { caches, leases };
  }
}

/** A mechanism is as much up to date as the worst of its watches. */
function oldest(timestamps: readonly (number | undefined)[]): number | undefined {
  const known = timestamps.filter((timestamp) => timestamp !== undefined);
  return known.length < timestamps.length || known.length === 0 ? undefined : Math.min(...known);
}

function isSynced({ leases }: WatchedNamespace): boolean {
  return leases.every(({ objects }) => objects.hasSynced);
}
