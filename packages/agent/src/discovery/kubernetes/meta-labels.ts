// How Prometheus writes what it knows of an object into labels (discovery/kubernetes/kubernetes.go): names, and the twins that tell that a
// label or annotation is there at all.

import type { Labels } from '@pullway/shared/protocol/announcement';

export const META = '__meta_kubernetes_';

/** What kinds of objects are called in the names of labels. */
export type MetaKind = 'pod' | 'node' | 'service' | 'endpoints' | 'endpointslice' | 'ingress';

interface NamedObject {
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** Name, labels and annotations of `object`. Of two keys that become one label name the last wins; in Prometheus either may. */
export function objectLabels(kind: MetaKind, { name, labels, annotations }: NamedObject): Labels {
  return presentLabels({
    [`${META}${kind}_name`]: name,
    ...pairLabels(`${META}${kind}_label`, labels),
    ...pairLabels(`${META}${kind}_annotation`, annotations),
  });
}

/** `prefix_KEY` with the value and `prefixpresent_KEY`, which is there for empty values too. */
function pairLabels(prefix: string, pairs: Labels): Labels {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(pairs)) {
    const suffix = sanitized(key);
    result[`${prefix}_${suffix}`] = value;
    result[`${prefix}present_${suffix}`] = 'true';
  }
  return result;
}

/** What is no ASCII letter, digit or underscore becomes an underscore, character by character (util/strutil). */
export function sanitized(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/gu, '_');
}

/** `labels` without those that have no value. */
export function presentLabels(labels: Readonly<Record<string, string | undefined>>): Labels {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) if (value !== undefined && value !== '') result[name] = value;
  return result;
}

/**
 * Keeps the labels that `make` makes as long as the object lives: one pod stands behind several ports of several services, and
 * each change of a service makes the targets of all its pods anew.
 */
export function remembered<T extends object>(make: (object: T) => Labels): (object: T) => Labels {
  const known = new WeakMap<T, Labels>();
  return (object) => {
    const labels = known.get(object) ?? make(object);
    known.set(object, labels);
    return labels;
  };
}

/** `host:port`; what holds a colon stands in brackets. Without a port the bare host, as Prometheus has it. */
export function joinHostPort(host: string, port: number | undefined): string {
  if (port === undefined) return host;
  return /[:%]/.test(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
