// Role `node`: a target for the kubelet of each node (discovery/kubernetes/node.go).

import type { TargetGroup } from '../target-group.ts';
import { joinHostPort, META, objectLabels, presentLabels, sanitized } from './meta-labels.ts';
import type { Node } from './objects.ts';

/** Which address of a node counts, the best first. */
const ADDRESS_TYPES = ['InternalIP', 'InternalDNS', 'ExternalIP', 'ExternalDNS', 'LegacyHostIP', 'Hostname'];

/** Nodes have no namespace. */
export function nodeSource(_namespace: string, name: string): string {
  return `node/${name}`;
}

/** Without targets while the node has no address. */
export function nodeGroup(node: Node): TargetGroup {
  const source = nodeSource(node.namespace, node.name);
  const addresses = firstAddresses(node);
  const type = ADDRESS_TYPES.find((type) => addresses.has(type));
  if (type === undefined) return { source, labels: {}, targets: [] };
  const addressLabels = [...addresses].map(([type, address]) => [`${META}node_address_${sanitized(type)}`, address]);
  return {
    source,
    labels: { ...presentLabels({ [`${META}node_provider_id`]: node.providerId }), ...objectLabels('node', node) },
    targets: [
      {
        ...presentLabels(Object.fromEntries(addressLabels)),
        __address__: joinHostPort(addresses.get(type) ?? '', node.kubeletPort),
        instance: node.name,
      },
    ],
  };
}

/** The first address of each type. */
function firstAddresses({ addresses }: Node): ReadonlyMap<string, string> {
  return new Map(addresses.toReversed().map(({ type, address }) => [type, address]));
}
