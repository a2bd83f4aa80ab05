// The objects of a made-up cluster, as large as real ones are: pods spread over nodes, services in front of twenty pods each.
// It knows nothing of the server that holds them.

import type { KubernetesObject } from '../../packages/agent/test/support/api-server-store.ts';

const PODS_PER_SERVICE = 20;
const SERVICES_PER_NAMESPACE = 5;
const CREATED = '2026-11-01T08:00:00Z';

/** Label of pods: when the pod was changed last, in milliseconds since the epoch. */
const CHANGED_AT = 'changed-at';

/** What stands at one place of the cluster: a pod with each life, always on the same node and behind the same service. */
export interface PodPlace {
  readonly index: number;
  /** Counts up with each pod that takes the place of another. */
  readonly life: number;
  readonly changedAtMs: number;
}

export function nodeName(index: number): string {
  return `node-${index}`;
}

function serviceName(index: number): string {
  return `service-${index}`;
}

/** Services are numbered; each has `PODS_PER_SERVICE` pods in a row. */
export function serviceOf(pod: number): number {
  return Math.floor(pod / PODS_PER_SERVICE);
}

function namespaceOf(service: number): string {
  return `team-${Math.floor(service / SERVICES_PER_NAMESPACE)}`;
}

export function podKey({ index, life }: PodPlace): { readonly namespace: string; readonly name: string } {
  const service = serviceOf(index);
  return { namespace: namespaceOf(service), name: `${serviceName(service)}-7d4b9c6f5-${index}-${life}` };
}

/** Never that of the life before. */
function podIp({ index, life }: PodPlace): string {
  return `10.${(life % 200) + 10}.${Math.floor(index / 250)}.${(index % 250) + 1}`;
}

export function podObject(place: PodPlace, nodes: number): KubernetesObject {
  const { index, changedAtMs } = place;
  const service = serviceName(serviceOf(index));
  const node = nodeName(index % nodes);
  const labels = {
    'app.kubernetes.io/name': service,
    'app.kubernetes.io/instance': 'production',
    'pod-template-hash': '7d4b9c6f5',
    [CHANGED_AT]: String(changedAtMs),
  };
  return {
    metadata: {
      ...podKey(place),
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      creationTimestamp: CREATED,
      labels,
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080', 'checksum/config': 'f'.repeat(64) },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${service}-7d4b9c6f5`, controller: true }],
      managedFields: [managedFields('kube-controller-manager'), managedFields('kubelet')],
    },
    spec: {
      nodeName: node,
      serviceAccountName: 'default',
      containers: [container('main', [{ name: 'http', containerPort: 8080, protocol: 'TCP' }]), container('log', [])],
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
      volumes: [{ name: 'token', projected: { defaultMode: 420, sources: [{ serviceAccountToken: {} }] } }],
    },
    status: {
      phase: 'Running',
      podIP: podIp(place),
      hostIP: `10.1.${Math.floor((index % nodes) / 250)}.${((index % nodes) % 250) + 1}`,
      startTime: CREATED,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({ type, status: 'True' })),
      containerStatuses: ['main', 'log'].map((name) => ({
        name,
        ready: true,
        containerID: `containerd://${'e'.repeat(64)}`,
      })),
    },
  };
}

function container(name: string, ports: readonly object[]): object {
  return {
    name,
    image: `registry.example/${name}:1.2.3`,
    ports,
    env: Array.from({ length: 10 }, (_, index) => ({ name: `SETTING_${index}`, value: 'something or other' })),
    resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10, failureThreshold: 3 },
    volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/token', readOnly: true }],
  };
}

/** A third of a real object, and of no interest to anybody. */
function managedFields(manager: string): object {
  const fields = Array.from({ length: 20 }, (_, index) => [`f:field-${index}`, { 'f:value': {} }]);
  return { manager, operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:metadata': Object.fromEntries(fields) } };
}

export function nodeObject(index: number): KubernetesObject {
  return {
    metadata: {
      name: nodeName(index),
      labels: { 'kubernetes.io/hostname': nodeName(index), 'topology.kubernetes.io/zone': `zone-${index % 3}` },
      annotations: {},
      managedFields: [managedFields('kubelet')],
    },
    spec: { providerID: `cloud://${index}` },
    status: {
      addresses: [{ type: 'InternalIP', address: `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}` }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      images: Array.from({ length: 30 }, (_, image) => ({
        names: [`registry.example/image-${image}:1`],
        sizeBytes: 1,
      })),
    },
  };
}

export function serviceObject(index: number): KubernetesObject {
  return {
    metadata: {
      name: serviceName(index),
      namespace: namespaceOf(index),
      labels: { app: serviceName(index) },
      annotations: { 'prometheus.io/scrape': 'true' },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: `10.2.${Math.floor(index / 250)}.${(index % 250) + 1}`,
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    },
  };
}

/** `pods`: those behind the service now. */
export function sliceObject(service: number, pods: readonly PodPlace[], nodes: number): KubernetesObject {
  const name = serviceName(service);
  return {
    metadata: {
      name: `${name}-x7k2p`,
      namespace: namespaceOf(service),
      labels: { app: name, 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    endpoints: pods.map((place) => ({
      addresses: [podIp(place)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: nodeName(place.index % nodes),
      zone: `zone-${place.index % 3}`,
      targetRef: { kind: 'Pod', ...podKey(place) },
    })),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}
