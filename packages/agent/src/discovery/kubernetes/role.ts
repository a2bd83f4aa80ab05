// The roles of `kubernetes_sd_configs`: which kinds of objects each watches, and the groups that it makes of them.

import { endpointsGroup, endpointsSource } from './endpoints-role.ts';
import { endpointSliceGroup, endpointSliceSource } from './endpointslice-role.ts';
import { ingressGroup, ingressSource } from './ingress-role.ts';
import type { MetaKind } from './meta-labels.ts';
import { nodeGroup, nodeSource } from './node-role.ts';
import { ObjectCache } from './object-cache.ts';
import type { Endpoints, EndpointSlice, Ingress, Node, Pod, Service } from './objects.ts';
import { podGroup, podSource } from './pod-role.ts';
import { RoleGroups } from './role-groups.ts';
import { serviceGroup, serviceSource } from './service-role.ts';

/** Each is called as the kind of object that its groups are made of. */
export type Role = MetaKind;

/** The kinds of objects that a role watches, its own first; with `attach_metadata.node` nodes too. */
export const WATCHED_KINDS: Readonly<Record<Role, readonly MetaKind[]>> = {
  pod: ['pod'],
  node: ['node'],
  service: ['service'],
  endpoints: ['endpoints', 'service', 'pod'],
  endpointslice: ['endpointslice', 'service', 'pod'],
  ingress: ['ingress'],
};

/** Objects of one namespace, or of all; those of a kind that is not watched are left out, and so are nodes unless their metadata are attached. */
export interface ObjectCaches {
  readonly pods?: ObjectCache<Pod>;
  readonly nodes?: ObjectCache<Node>;
  readonly services?: ObjectCache<Service>;
  readonly endpoints?: ObjectCache<Endpoints>;
  readonly endpointSlices?: ObjectCache<EndpointSlice>;
  readonly ingresses?: ObjectCache<Ingress>;
}

/** Whatever the groups are made of. */
export type AnyRoleGroups = Pick<RoleGroups<Pod>, 'hasChanges' | 'hasGivenFirst' | 'follow' | 'takeChanges'>;

export function roleGroups(role: Role, caches: ObjectCaches): AnyRoleGroups {
  const {
    pods = new ObjectCache<Pod>(),
    nodes = new ObjectCache<Node>(),
    services = new ObjectCache<Service>(),
    endpoints = new ObjectCache<Endpoints>(),
    endpointSlices = new ObjectCache<EndpointSlice>(),
    ingresses = new ObjectCache<Ingress>(),
  } = caches;
  const related = { pods, nodes, services };
  switch (role) {
    case 'pod':
      return new RoleGroups({ objects: pods, source: podSource, make: podGroup, related });
    case 'node':
      return new RoleGroups({ objects: nodes, source: nodeSource, make: nodeGroup, related });
    case 'service':
      return new RoleGroups({ objects: services, source: serviceSource, make: serviceGroup, related });
    case 'endpoints':
      return new RoleGroups({ objects: endpoints, source: endpointsSource, make: endpointsGroup, related });
    case 'endpointslice':
      return new RoleGroups({
        objects: endpointSlices,
        source: endpointSliceSource,
        make: endpointSliceGroup,
        related,
      });
    case 'ingress':
      return new RoleGroups({ objects: ingresses, source: ingressSource, make: ingressGroup, related });
  }
}
