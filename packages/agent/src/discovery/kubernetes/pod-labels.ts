// What a pod and its containers add to the labels of targets, whichever role found them (discovery/kubernetes/pod.go, podLabels).

import type { Labels } from '@pullway/shared/protocol/announcement';
import { META, objectLabels, presentLabels, remembered } from './meta-labels.ts';
import type { Container, NamedPort, Pod } from './objects.ts';

/** Without the namespace, which is that of the group. */
export const podLabels = remembered((pod: Pod) =>
  presentLabels({
    [`${META}pod_ip`]: pod.podIp,
    [`${META}pod_ready`]: pod.ready,
    [`${META}pod_phase`]: pod.phase,
    [`${META}pod_node_name`]: pod.nodeName,
    [`${META}pod_host_ip`]: pod.hostIp,
    [`${META}pod_uid`]: pod.uid,
    [`${META}pod_controller_kind`]: pod.controller?.kind,
    [`${META}pod_controller_name`]: pod.controller?.name,
    ...objectLabels('pod', pod),
  }),
);

export function containerLabels({ name, image, isInit }: Container): Labels {
  return presentLabels({
    [`${META}pod_container_name`]: name,
    [`${META}pod_container_image`]: image,
    [`${META}pod_container_init`]: String(isInit),
  });
}

export function containerPortLabels({ name, number, protocol }: NamedPort): Labels {
  return presentLabels({
    [`${META}pod_container_port_name`]: name,
    [`${META}pod_container_port_number`]: String(number),
    [`${META}pod_container_port_protocol`]: protocol,
  });
}
