// What the stand-in API server holds: objects of seven kinds, one version for all, and the history from which watches are served.

import { isSelected } from './kubernetes-selector.ts';

export const KINDS = {
  pods: { kind: 'Pod', apiVersion: 'v1' },
  nodes: { kind: 'Node', apiVersion: 'v1' },
  services: { kind: 'Service', apiVersion: 'v1' },
  endpoints: { kind: 'Endpoints', apiVersion: 'v1' },
  endpointslices: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' },
  ingresses: { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1' },
  namespaces: { kind: 'Namespace', apiVersion: 'v1' },
} as const;

export type KindName = keyof typeof KINDS;

export interface KubernetesObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface Choice {
  readonly resource: KindName;
  /** Empty: all. */
  readonly namespace: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

export interface Change {
  readonly version: number;
  readonly resource: KindName;
  readonly before: KubernetesObject | undefined;
  readonly after: KubernetesObject | undefined;
}

/** Changes that are remembered at most. */
const MAX_HISTORY = 20_000;

export class ApiServerStore {
  #version = 1;
  /** Watches can begin here at the earliest. */
  #oldest = 1;
  #history: Change[] = [];
  readonly #objects = new Map<KindName, Map<string, KubernetesObject>>();
  readonly #listeners = new Set<(change: Change) => void>();

  get version(): number {
    return this.#version;
  }

  get oldest(): number {
    return this.#oldest;
  }

  /** Creates `object`, or puts it in place of the one of its name. */
  apply(resource: KindName, object: KubernetesObject): void {
    const kept = this.#kept(resource);
    const key = keyOf(object);
    const before = kept.get(key);
    const after = withVersion(object, this.#version + 1);
    kept.set(key, after);
    this.#record({ version: this.#version + 1, resource, before, after });
  }

  remove(resource: KindName, namespace: string, name: string): void {
    const kept = this.#kept(resource);
    const key = `${namespace}/${name}`;
    const before = kept.get(key);
    if (before === undefined) throw new Error(`there is no ${key} among the ${resource}`);
    kept.delete(key);
    this.#record({ version: this.#version + 1, resource, before, after: undefined });
  }

  /** In the order of etcd's keys. */
  list(choice: Choice): readonly KubernetesObject[] {
    return [...this.#kept(choice.resource)]
      .filter(([, object]) => isChosen(object, choice))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  since(version: number): readonly Change[] {
    return this.#history.filter((change) => change.version > version);
  }

  /** Forgets the history, as etcd does after some minutes. */
  compact(): void {
    this.#history = [];
    this.#oldest = this.#version;
  }

  /** Lets versions pass that concern nobody: those of other kinds of objects. */
  skipVersions(count: number): void {
    this.#version += count;
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #record(change: Change): void {
    this.#version = change.version;
    this.#history.push(change);
    if (this.#history.length > MAX_HISTORY) {
      this.#history = this.#history.slice(MAX_HISTORY / 2);
      this.#oldest = (this.#history[0]?.version ?? this.#version) - 1;
    }
    for (const listener of this.#listeners) listener(change);
  }

  #kept(resource: KindName): Map<string, KubernetesObject> {
    const kept = this.#objects.get(resource) ?? new Map<string, KubernetesObject>();
    this.#objects.set(resource, kept);
    return kept;
  }
}

/** The event that `change` is for who watches `choice`; undefined when it is none. */
export function eventOf(change: Change, choice: Choice): unknown {
  if (change.resource !== choice.resource) return undefined;
  const wasChosen = change.before !== undefined && isChosen(change.before, choice);
  if (change.after !== undefined && isChosen(change.after, choice)) {
    return { type: wasChosen ? 'MODIFIED' : 'ADDED', object: typed(change.resource, change.after) };
  }
  // Whoever is not chosen any more is gone for that watch: the object as it was, with the version of the change.
  if (!wasChosen || change.before === undefined) return undefined;
  return { type: 'DELETED', object: typed(change.resource, withVersion(change.before, change.version)) };
}

/** Items of lists have no kind; objects in events do. */
export function typed(resource: KindName, object: KubernetesObject): unknown {
  return { ...KINDS[resource], ...object };
}

function isChosen(object: KubernetesObject, { namespace, labelSelector, fieldSelector }: Choice): boolean {
  const isInNamespace = namespace === '' || object.metadata.namespace === namespace;
  return isInNamespace && isSelected(object, labelSelector, fieldSelector);
}

function withVersion(object: KubernetesObject, version: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
