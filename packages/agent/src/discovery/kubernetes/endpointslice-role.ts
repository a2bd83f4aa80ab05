// Role `endpointslice`: a target for each address of each endpoint on each port of a slice, and for each further port of the pods behind
// it (discovery/kubernetes/endpointslice.go).

import type { Labels } from '@pullway/shared/protocol/announcement';
import { mapInUnits, type Work } from '@pullway/shared/runtime/pace';
import type { TargetGroup } from '../target-group.ts';
import { BackingPods } from './backing-pods.ts';
import { joinHostPort, META, objectLabels, presentLabels, sanitized } from './meta-labels.ts';
import type { EndpointSlice, Node, SliceEndpoint, SlicePort } from './objects.ts';
import { Referents } from './referents.ts';
import { attachedNodeLabels, type RelatedObjects } from './related-objects.ts';
import { serviceLabels } from './service-role.ts';

/** Label of a slice that names its service (discovery/v1, LabelServiceName). */
const SERVICE_NAME = 'kubernetes.io/service-name';

export function endpointSliceSource(namespace: string, name: string): string {
  return `endpointslice/${namespace}/${name}`;
}

export function* endpointSliceGroup(
  slice: EndpointSlice,
  related: RelatedObjects,
  now: () => EndpointSlice | undefined,
): Work<TargetGroup> {
  const { namespace, name, addressType } = slice;
  const pods = new BackingPods(related);
  const found = slice.endpoints.flatMap((endpoint) =>
    slice.ports.flatMap((port) => endpoint.addresses.map((address) => ({ endpoint, port, address }))),
  );
  const targets = yield* mapInUnits(found, ({ endpoint, port, address }) => ({
    __address__: joinHostPort(address, port.number),
    ...portLabels(port),
    ...endpointLabels(endpoint),
    ...attachedNodeLabels(nodeOf(endpoint, related)),
    ...pods.labelsAt(endpoint.target, port.number),
  }));
  return {
    source: endpointSliceSource(namespace, name),
    labels: {
      ...presentLabels({ [`${META}namespace`]: namespace, [`${META}endpointslice_address_type`]: addressType }),
      ...objectLabels('endpointslice', slice),
      ...labelsOfService(slice, related),
    },
    targets: [...targets, ...(yield* pods.uncoveredTargets())],
    objects: new Referents({ namespace, pods, found: slice.endpoints, now: () => now()?.endpoints ?? [] }),
  };
}

function labelsOfService({ namespace, labels }: EndpointSlice, related: RelatedObjects): Labels {
  const name = labels[SERVICE_NAME];
  const service = name === undefined ? undefined : related.service(namespace, name);
  return service === undefined ? {} : serviceLabels(service);
}

function portLabels({ name, number, protocol, appProtocol }: SlicePort): Labels {
  return presentLabels({
    [`${META}endpointslice_port_name`]: name,
    [`${META}endpointslice_port_protocol`]: protocol,
    [`${META}endpointslice_port`]: number?.toString(),
    [`${META}endpointslice_port_app_protocol`]: appProtocol,
  });
}

function endpointLabels(endpoint: SliceEndpoint): Labels {
  const { ready, serving, terminating, target } = endpoint;
  return presentLabels({
    [`${META}endpointslice_endpoint_conditions_ready`]: ready?.toString(),
    [`${META}endpointslice_endpoint_conditions_serving`]: serving?.toString(),
    [`${META}endpointslice_endpoint_conditions_terminating`]: terminating?.toString(),
    [`${META}endpointslice_endpoint_hostname`]: endpoint.hostname,
    [`${META}endpointslice_endpoint_node_name`]: endpoint.nodeName,
    [`${META}endpointslice_endpoint_zone`]: endpoint.zone,
    [`${META}endpointslice_address_target_kind`]: target?.kind,
    [`${META}endpointslice_address_target_name`]: target?.name,
    ...topologyLabels(endpoint.topology),
  });
}

/** The twin is `topology_present_KEY` here, with an underscore more than everywhere else. */
function topologyLabels(topology: Labels): Labels {
  const prefix = `${META}endpointslice_endpoint_topology`;
  const pairs = Object.entries(topology).flatMap(([key, value]) => [
    [`${prefix}_${sanitized(key)}`, value],
    [`${prefix}_present_${sanitized(key)}`, 'true'],
  ]);
  return Object.fromEntries(pairs);
}

/** The node that the endpoint is; else the one that it names. Role `endpoints` asks the other way round. */
function nodeOf({ nodeName, target }: SliceEndpoint, related: RelatedObjects): Node | undefined {
  const name = target?.kind === 'Node' ? target.name : nodeName;
  return name === undefined ? undefined : related.node(name);
}
