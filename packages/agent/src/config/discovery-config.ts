// Where a job finds its targets while the agent runs, as one entry of `file_sd_configs` or `kubernetes_sd_configs` says it.
// Plain data that can be compared as JSON: jobs that say the same share what they find.

import type { ApiAccess } from './kubernetes-access.ts';

/** Roles of `kubernetes_sd_configs`, and the kinds of objects that can be selected. */
export type KubernetesRole = 'pod' | 'node' | 'service' | 'endpoints' | 'endpointslice' | 'ingress';

export interface FileDiscovery {
  readonly kind: 'file';
  /** Absolute; the last part may hold `*` and `?`. */
  readonly files: readonly string[];
}

/** Which objects of a kind are asked for; both as the API takes them, empty for all. */
export interface ObjectSelector {
  readonly label: string;
  readonly field: string;
}

export interface KubernetesDiscovery {
  readonly kind: 'kubernetes';
  readonly role: KubernetesRole;
  readonly access: ApiAccess;
  /** None: all. */
  readonly namespaces: readonly string[];
  /** The one of the agent's pod, besides those that are named. */
  readonly ownNamespace: boolean;
  readonly selectors: Readonly<Partial<Record<KubernetesRole, ObjectSelector>>>;
  /** Targets get the labels and annotations of their nodes. */
  readonly attachNode: boolean;
}

export type DiscoveryConfig = FileDiscovery | KubernetesDiscovery;
