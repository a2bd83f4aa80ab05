// Role `endpoints`: a target for each port of each address of an Endpoints object, ready or not, and for each further port of the pods
// behind it (discovery/kubernetes/endpoints.go).

import type { Labels } from '@pullway/shared/protocol/announcement';
import { mapInUnits, type Work } from '@pullway/shared/runtime/pace';
import type { TargetGroup } from '../target-group.ts';
import { BackingPods } from './backing-pods.ts';
import { joinHostPort, META, objectLabels, presentLabels } from './meta-labels.ts';
import type { EndpointAddress, Endpoints, EndpointSubset, NamedPort, Node } from './objects.ts';
import { Referents, type ReferringAddresses } from './referents.ts';
import { attachedNodeLabels, type RelatedObjects } from './related-objects.ts';
import { serviceLabels } from './service-role.ts';

export function endpointsSource(namespace: string, name: string): string {
  return `endpoints/${namespace}/${name}`;
}

export function* endpointsGroup(
  endpoints: Endpoints,
  related: RelatedObjects,
  now: () => Endpoints | undefined,
): Work<TargetGroup> {
  const { namespace, name } = endpoints;
  const service = related.service(namespace, name);
  const pods = new BackingPods(related);
  const found = endpoints.subsets.flatMap(readyAddresses);
  const targets = yield* mapInUnits(found, ({ address, port, isReady }) => ({
    ...addressLabels(address, port, isReady),
    ...attachedNodeLabels(nodeOf(address, related)),
    // The protocol is that of the endpoint here, where role `endpointslice` has that of the container.
    ...pods.labelsAt(address.target, port.number, port.protocol),
  }));
  return {
    source: endpointsSource(namespace, name),
    labels: {
      ...presentLabels({ [`${META}namespace`]: namespace }),
      ...(service === undefined ? {} : serviceLabels(service)),
      ...objectLabels('endpoints', endpoints),
    },
    targets: [...targets, ...(yield* pods.uncoveredTargets())],
    objects: new Referents({ namespace, pods, found: referring(endpoints), now: () => referring(now()) }),
  };
}

function referring(endpoints: Endpoints | undefined): readonly ReferringAddresses[] {
  const subsets = endpoints?.subsets ?? [];
  return subsets
    .flatMap(({ addresses, notReadyAddresses }) => [...addresses, ...notReadyAddresses])
    .map(({ target, ip }) => ({ target, addresses: [ip] }));
}

interface EndpointAtPort {
  readonly address: EndpointAddress;
  readonly port: NamedPort;
  readonly isReady: boolean;
}

function readyAddresses({ addresses, notReadyAddresses, ports }: EndpointSubset): readonly EndpointAtPort[] {
  return ports.flatMap((port) => [
    ...addresses.map((address) => ({ address, port, isReady: true })),
    ...notReadyAddresses.map((address) => ({ address, port, isReady: false })),
  ]);
}

function addressLabels(address: EndpointAddress, port: NamedPort, isReady: boolean): Labels {
  return presentLabels({
    __address__: joinHostPort(address.ip, port.number),
    [`${META}endpoint_port_name`]: port.name,
    [`${META}endpoint_port_protocol`]: port.protocol,
    [`${META}endpoint_ready`]: String(isReady),
    [`${META}endpoint_address_target_kind`]: address.target?.kind,
    [`${META}endpoint_address_target_name`]: address.target?.name,
    [`${META}endpoint_node_name`]: address.nodeName,
    [`${META}endpoint_hostname`]: address.hostname,
  });
}

/** The node that the address names; else the one that it is. */
function nodeOf({ nodeName, target }: EndpointAddress, related: RelatedObjects): Node | undefined {
  const name = nodeName ?? (target?.kind === 'Node' ? target.name : undefined);
  return name === undefined ? undefined : related.node(name);
}
