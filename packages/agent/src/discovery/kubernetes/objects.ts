// Objects of Kubernetes, cut down to what labels are made of: thousands of them are kept in memory.
// A field that the API server left out is empty; undefined stands only where absent and empty make different labels.
// It must not know how objects arrive, nor what their labels are called.

import type { Labels } from '@pullway/shared/protocol/announcement';

interface ObjectMeta {
  /** Empty for objects without one, as nodes. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Labels;
}

export interface Pod extends ObjectMeta {
  /** Seconds since the epoch, 0 when not told. For no label: of two pods with one IP address the younger one has it. */
  readonly createdAt: number;
  readonly uid: string;
  /** What made the pod, as a ReplicaSet. */
  readonly controller: { readonly kind: string; readonly name: string } | undefined;
  /** Empty while the pod waits for a node. */
  readonly nodeName: string;
  readonly phase: string;
  /** Empty while the pod starts, and after it was evicted. */
  readonly podIp: string;
  readonly hostIp: string;
  /** Whether the pod uses the network of its node, and shares its address with others. For no label. */
  readonly isOnHostNetwork: boolean;
  /** The status of the condition `Ready` in lower case; `unknown` without one. */
  readonly ready: string;
  /** Init containers, native sidecars among them, come last. */
  readonly containers: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  /** Empty before the container started for the first time. */
  readonly id: string;
  readonly isInit: boolean;
  readonly ports: readonly NamedPort[];
}

export interface NamedPort {
  readonly name: string;
  readonly number: number;
  /** `TCP`, `UDP` or `SCTP`. */
  readonly protocol: string;
}

export interface Node extends ObjectMeta {
  readonly providerId: string;
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  /** 0 when the kubelet has told none. */
  readonly kubeletPort: number;
}

export interface Service extends ObjectMeta {
  readonly type: string;
  /** `None` for a headless service. */
  readonly clusterIp: string;
  readonly externalName: string;
  /** The one that was asked for in the specification, not the one that was given. */
  readonly loadBalancerIp: string;
  readonly ports: readonly NamedPort[];
}

export interface Ingress extends ObjectMeta {
  readonly className: string;
  /** Hosts for which there is TLS; the first part may be `*`. */
  readonly tlsHosts: readonly string[];
  readonly rules: readonly IngressRule[];
}

export interface IngressRule {
  /** Empty: all hosts. */
  readonly host: string;
  /** Undefined when the rule says nothing of HTTP. */
  readonly paths: readonly string[] | undefined;
}

export interface ObjectReference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Endpoints extends ObjectMeta {
  readonly subsets: readonly EndpointSubset[];
}

/** Each address serves each port. */
export interface EndpointSubset {
  readonly addresses: readonly EndpointAddress[];
  readonly notReadyAddresses: readonly EndpointAddress[];
  readonly ports: readonly NamedPort[];
}

export interface EndpointAddress {
  readonly ip: string;
  readonly hostname: string;
  readonly nodeName: string | undefined;
  readonly target: ObjectReference | undefined;
}

export interface EndpointSlice extends ObjectMeta {
  /** `IPv4`, `IPv6` or `FQDN`. */
  readonly addressType: string;
  readonly endpoints: readonly SliceEndpoint[];
  readonly ports: readonly SlicePort[];
}

export interface SliceEndpoint {
  readonly addresses: readonly string[];
  /** Undefined: nobody told, which is not the same as false. */
  readonly ready: boolean | undefined;
  readonly serving: boolean | undefined;
  readonly terminating: boolean | undefined;
  readonly hostname: string;
  readonly nodeName: string | undefined;
  readonly zone: string;
  /** Of slices that were made before `zone` and `nodeName` were fields. */
  readonly topology: Labels;
  readonly target: ObjectReference | undefined;
}

export interface SlicePort {
  readonly name: string;
  /** Undefined: all ports. */
  readonly number: number | undefined;
  readonly protocol: string;
  readonly appProtocol: string;
}
