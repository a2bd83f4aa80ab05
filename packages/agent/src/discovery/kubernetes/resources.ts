// The kinds of objects that are watched, and how a choice of them is named in URLs of the API (kubernetes.io, "API Concepts").

const API_ROOTS = {
  pods: '/api/v1',
  nodes: '/api/v1',
  services: '/api/v1',
  endpoints: '/api/v1',
  endpointslices: '/apis/discovery.k8s.io/v1',
  ingresses: '/apis/networking.k8s.io/v1',
} as const;

export type ResourceName = keyof typeof API_ROOTS;

/** One list, and the watch that follows it. */
export interface Selection {
  readonly resource: ResourceName;
  /** Empty: all, and for nodes, which are in none. */
  readonly namespace: string;
  /** As the API takes it; empty: all. */
  readonly labelSelector: string;
  /** As the API takes it; empty: all. */
  readonly fieldSelector: string;
}

/** Path and query of `selection`; parameters without a value are left out. */
export function selectionPath(selection: Selection, parameters: Readonly<Record<string, string>>): string {
  const { resource, namespace, labelSelector, fieldSelector } = selection;
  const place = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const entries = Object.entries({ ...parameters, labelSelector, fieldSelector }).filter(([, value]) => value !== '');
  const query = new URLSearchParams(entries).toString();
  return `${API_ROOTS[resource]}${place}/${resource}${query === '' ? '' : `?${query}`}`;
}
