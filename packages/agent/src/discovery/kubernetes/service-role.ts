// Role `service`: a target for each port of each service, by the service's name (discovery/kubernetes/service.go).

import type { Labels } from '@pullway/shared/protocol/announcement';
import type { TargetGroup } from '../target-group.ts';
import { joinHostPort, META, objectLabels, presentLabels, remembered } from './meta-labels.ts';
import type { NamedPort, Service } from './objects.ts';

export function serviceSource(namespace: string, name: string): string {
  return `svc/${namespace}/${name}`;
}

export function serviceGroup(service: Service): TargetGroup {
  return {
    source: serviceSource(service.namespace, service.name),
    labels: serviceLabels(service),
    targets: service.ports.map((port) => serviceTarget(service, port)),
  };
}

/** What a service adds to whatever is found behind it. */
export const serviceLabels = remembered((service: Service) => ({
  ...objectLabels('service', service),
  ...presentLabels({ [`${META}namespace`]: service.namespace }),
}));

function serviceTarget(service: Service, port: NamedPort): Labels {
  const { namespace, name, type } = service;
  return presentLabels({
    __address__: joinHostPort(`${name}.${namespace}.svc`, port.number),
    [`${META}service_port_name`]: port.name,
    [`${META}service_port_number`]: String(port.number),
    [`${META}service_port_protocol`]: port.protocol,
    [`${META}service_type`]: type,
    [`${META}service_external_name`]: type === 'ExternalName' ? service.externalName : undefined,
    [`${META}service_cluster_ip`]: type === 'ExternalName' ? undefined : service.clusterIp,
    [`${META}service_loadbalancer_ip`]: type === 'LoadBalancer' ? service.loadBalancerIp : undefined,
  });
}
