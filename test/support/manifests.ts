// Manifests of Kubernetes as tests look at them: found by kind and name, and the pods that they start.

import type { IDaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole';
import type { IClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPod } from 'kubernetes-models/v1/Pod';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Kinds whose fields tests look at. That the manifests have this form is what test/chart/api-schemas.test.ts checks. */
interface Kinds {
  readonly ClusterRole: IClusterRole;
  readonly ClusterRoleBinding: IClusterRoleBinding;
  readonly ConfigMap: IConfigMap;
  readonly DaemonSet: IDaemonSet;
  readonly Deployment: IDeployment;
  readonly NetworkPolicy: INetworkPolicy;
  readonly Pod: IPod;
  readonly PodDisruptionBudget: IPodDisruptionBudget;
  readonly Role: IRole;
  readonly RoleBinding: IRoleBinding;
  readonly Secret: ISecret;
  readonly Service: IService;
  readonly StatefulSet: IStatefulSet;
}

type OfKind<K extends keyof Kinds> = Kinds[K] & Manifest;

/** A pod that a manifest starts, or is. */
export interface StartedPod {
  /** `kind/name`, for messages. */
  readonly owner: string;
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: IPodSpec;
  /** What the owner knows its pods by; undefined for a Pod. */
  readonly matchLabels: Readonly<Record<string, string>> | undefined;
}

const WORKLOADS = ['Deployment', 'DaemonSet'] as const;

/** @returns all of `kind`. */
export function ofKind<K extends keyof Kinds>(manifests: readonly Manifest[], kind: K): readonly OfKind<K>[] {
  return manifests.filter((manifest): manifest is OfKind<K> => manifest.kind === kind);
}

/** The one of this kind and name; throws when there is none. */
export function named<K extends keyof Kinds>(manifests: readonly Manifest[], kind: K, name: string): OfKind<K> {
  const found = ofKind(manifests, kind).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name} among ${manifests.map(describe).join(', ')}`);
  return found;
}

/** `kind/name`, with its namespace. */
export function describe({ kind, metadata: { name, namespace } }: Manifest): string {
  return `${kind}/${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** One for each Deployment and DaemonSet, whose pods are alike; all of each StatefulSet, which have names. */
export function startedPods(manifests: readonly Manifest[]): readonly StartedPod[] {
  const alone = ofKind(manifests, 'Pod').map((pod) => started(pod, pod.metadata.labels, pod.spec, undefined));
  const replicated = WORKLOADS.flatMap((kind) => ofKind<(typeof WORKLOADS)[number]>(manifests, kind)).map(
    (workload) => {
      const { selector, template } = workload.spec ?? {};
      return started(workload, template?.metadata?.labels, template?.spec, selector?.matchLabels);
    },
  );
  return [...replicated, ...ofKind(manifests, 'StatefulSet').flatMap(replicasOf), ...alone];
}

/** Init containers and containers. */
export function containersOf({ containers, initContainers = [] }: IPodSpec): readonly IContainer[] {
  return [...initContainers, ...containers];
}

/** The container of Pullway's own program. */
export function programOf({ owner, spec }: StartedPod): IContainer {
  const program = spec.containers.find(({ image }) => /pullway\/(?:proxy|agent)[:@]/.test(image ?? ''));
  if (program === undefined) throw new Error(`${owner} runs no program of Pullway`);
  return program;
}

/** Whether an object with `labels` is chosen by `selector`. */
export function isChosen(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

function replicasOf(set: OfKind<'StatefulSet'>): readonly StartedPod[] {
  const { replicas = 1, selector, template } = set.spec ?? {};
  return Array.from({ length: replicas }, (_, index) => {
    const name = { 'statefulset.kubernetes.io/pod-name': `${set.metadata.name}-${index}` };
    return started(set, { ...template?.metadata?.labels, ...name }, template?.spec, selector?.matchLabels);
  });
}

function started(
  manifest: Manifest,
  labels: Readonly<Record<string, string>> = {},
  spec: IPodSpec | undefined,
  matchLabels: Readonly<Record<string, string>> | undefined,
): StartedPod {
  const owner = describe(manifest);
  if (spec === undefined) throw new Error(`${owner} has no pod`);
  return { owner, namespace: manifest.metadata.namespace, labels, spec, matchLabels };
}
