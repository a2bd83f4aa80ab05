// From what an API server sends to the slim objects that are kept: one function for each kind. None of them throws; fields that are
// missing or odd come out empty.

import type {
  Container,
  EndpointAddress,
  Endpoints,
  EndpointSlice,
  EndpointSubset,
  Ingress,
  IngressRule,
  NamedPort,
  Node,
  ObjectReference,
  Pod,
  Service,
  SliceEndpoint,
  SlicePort,
} from './objects.ts';
import { rawBoolean, rawField, rawLabels, rawList, rawNumber, rawOptionalText, rawText } from './raw-fields.ts';

export function slimPod(raw: unknown): Pod {
  return {
    ...slimMeta(raw),
    createdAt: slimTime(rawText(raw, 'metadata', 'creationTimestamp')),
    uid: rawText(raw, 'metadata', 'uid'),
    controller: slimController(raw),
    nodeName: rawText(raw, 'spec', 'nodeName'),
    phase: rawText(raw, 'status', 'phase'),
    podIp: rawText(raw, 'status', 'podIP'),
    hostIp: rawText(raw, 'status', 'hostIP'),
    isOnHostNetwork: rawBoolean(raw, 'spec', 'hostNetwork') ?? false,
    ready: slimReady(raw),
    containers: [
      ...slimContainers(raw, 'containers', 'containerStatuses', false),
      ...slimContainers(raw, 'initContainers', 'initContainerStatuses', true),
    ],
  };
}

export function slimNode(raw: unknown): Node {
  return {
    ...slimMeta(raw),
    providerId: rawText(raw, 'spec', 'providerID'),
    addresses: rawList(raw, 'status', 'addresses').map((address) => ({
      type: rawText(address, 'type'),
      address: rawText(address, 'address'),
    })),
    // With a capital letter in Kubernetes' own API.
    kubeletPort: rawNumber(raw, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port') ?? 0,
  };
}

export function slimService(raw: unknown): Service {
  return {
    ...slimMeta(raw),
    type: rawText(raw, 'spec', 'type'),
    clusterIp: rawText(raw, 'spec', 'clusterIP'),
    externalName: rawText(raw, 'spec', 'externalName'),
    loadBalancerIp: rawText(raw, 'spec', 'loadBalancerIP'),
    ports: slimPorts(rawField(raw, 'spec'), 'port'),
  };
}

export function slimEndpoints(raw: unknown): Endpoints {
  return { ...slimMeta(raw), subsets: rawList(raw, 'subsets').map(slimSubset) };
}

export function slimEndpointSlice(raw: unknown): EndpointSlice {
  return {
    ...slimMeta(raw),
    addressType: rawText(raw, 'addressType'),
    endpoints: rawList(raw, 'endpoints').map(slimSliceEndpoint),
    ports: rawList(raw, 'ports').map(slimSlicePort),
  };
}

export function slimIngress(raw: unknown): Ingress {
  return {
    ...slimMeta(raw),
    className: rawText(raw, 'spec', 'ingressClassName'),
    tlsHosts: rawList(raw, 'spec', 'tls').flatMap((tls) =>
      rawList(tls, 'hosts').filter((host) => typeof host === 'string'),
    ),
    rules: rawList(raw, 'spec', 'rules').map(slimRule),
  };
}

function slimMeta(raw: unknown): Pick<Pod, 'namespace' | 'name' | 'labels' | 'annotations'> {
  const meta = rawField(raw, 'metadata');
  return {
    namespace: rawText(meta, 'namespace'),
    name: rawText(meta, 'name'),
    labels: rawLabels(meta, 'labels'),
    annotations: rawLabels(meta, 'annotations'),
  };
}

/** RFC 3339, to the second, as API servers write it. */
function slimTime(text: string): number {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? 0 : milliseconds / 1000;
}

function slimController(raw: unknown): Pod['controller'] {
  const owner = rawList(raw, 'metadata', 'ownerReferences').find((owner) => rawBoolean(owner, 'controller'));
  return owner === undefined ? undefined : { kind: rawText(owner, 'kind'), name: rawText(owner, 'name') };
}

function slimReady(raw: unknown): string {
  const condition = rawList(raw, 'status', 'conditions').find((condition) => rawText(condition, 'type') === 'Ready');
  return condition === undefined ? 'unknown' : rawText(condition, 'status').toLowerCase();
}

function slimContainers(pod: unknown, field: string, statusField: string, isInit: boolean): readonly Container[] {
  const statuses = rawList(pod, 'status', statusField);
  return rawList(pod, 'spec', field).map((container) => {
    const name = rawText(container, 'name');
    const status = statuses.find((status) => rawText(status, 'name') === name);
    return {
      name,
      image: rawText(container, 'image'),
      id: rawText(status, 'containerID'),
      isInit,
      ports: slimPorts(container, 'containerPort'),
    };
  });
}

/** @param numberField what this kind of object calls the number of a port */
function slimPorts(owner: unknown, numberField: string): readonly NamedPort[] {
  return rawList(owner, 'ports').map((port) => ({
    name: rawText(port, 'name'),
    number: rawNumber(port, numberField) ?? 0,
    protocol: rawText(port, 'protocol'),
  }));
}

function slimRule(raw: unknown): IngressRule {
  const hasHttp = typeof rawField(raw, 'http') === 'object' && rawField(raw, 'http') !== null;
  return {
    host: rawText(raw, 'host'),
    paths: hasHttp ? rawList(raw, 'http', 'paths').map((path) => rawText(path, 'path')) : undefined,
  };
}

function slimReference(raw: unknown): ObjectReference | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  return { kind: rawText(raw, 'kind'), namespace: rawText(raw, 'namespace'), name: rawText(raw, 'name') };
}

function slimSubset(raw: unknown): EndpointSubset {
  return {
    addresses: rawList(raw, 'addresses').map(slimAddress),
    notReadyAddresses: rawList(raw, 'notReadyAddresses').map(slimAddress),
    ports: slimPorts(raw, 'port'),
  };
}

function slimAddress(raw: unknown): EndpointAddress {
  return {
    ip: rawText(raw, 'ip'),
    hostname: rawText(raw, 'hostname'),
    nodeName: rawOptionalText(raw, 'nodeName'),
    target: slimReference(rawField(raw, 'targetRef')),
  };
}

function slimSliceEndpoint(raw: unknown): SliceEndpoint {
  return {
    addresses: rawList(raw, 'addresses').filter((address) => typeof address === 'string'),
    ready: rawBoolean(raw, 'conditions', 'ready'),
    serving: rawBoolean(raw, 'conditions', 'serving'),
    terminating: rawBoolean(raw, 'conditions', 'terminating'),
    hostname: rawText(raw, 'hostname'),
    nodeName: rawOptionalText(raw, 'nodeName'),
    zone: rawText(raw, 'zone'),
    topology: rawLabels(raw, 'deprecatedTopology'),
    target: slimReference(rawField(raw, 'targetRef')),
  };
}

function slimSlicePort(raw: unknown): SlicePort {
  return {
    name: rawText(raw, 'name'),
    number: rawNumber(raw, 'port'),
    protocol: rawText(raw, 'protocol'),
    appProtocol: rawText(raw, 'appProtocol'),
  };
}
