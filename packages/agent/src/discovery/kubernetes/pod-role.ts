// Role `pod`: a target for each port of each container (discovery/kubernetes/pod.go).

import type { Labels } from '@pullway/shared/protocol/announcement';
import type { TargetGroup } from '../target-group.ts';
import { joinHostPort, META, presentLabels } from './meta-labels.ts';
import type { Container, Pod } from './objects.ts';
import { containerLabels, containerPortLabels, podLabels } from './pod-labels.ts';
import { attachedNodeLabels, type RelatedObjects } from './related-objects.ts';

export function podSource(namespace: string, name: string): string {
  return `pod/${namespace}/${name}`;
}

/** Without targets while the pod has no IP address. */
export function podGroup(pod: Pod, related: RelatedObjects): TargetGroup {
  const source = podSource(pod.namespace, pod.name);
  if (pod.podIp === '') return { source, labels: {}, targets: [] };
  return {
    source,
    labels: {
      ...podLabels(pod),
      ...presentLabels({ [`${META}namespace`]: pod.namespace }),
      ...attachedNodeLabels(related.node(pod.nodeName)),
    },
    targets: pod.containers.flatMap((container) => containerTargets(pod.podIp, container)),
    objects: { namespaceOf: () => pod.namespace, podHolds: (_name, ip) => related.hasAddress(pod, ip) },
  };
}

/** A container that declares no port still is a target, on no port: relabelling may add one. */
function containerTargets(podIp: string, container: Container): readonly Labels[] {
  const labels = { ...containerLabels(container), ...presentLabels({ [`${META}pod_container_id`]: container.id }) };
  if (container.ports.length === 0) return [{ ...labels, __address__: podIp }];
  return container.ports.map((port) => ({
    ...labels,
    ...containerPortLabels(port),
    __address__: joinHostPort(podIp, port.number),
  }));
}
