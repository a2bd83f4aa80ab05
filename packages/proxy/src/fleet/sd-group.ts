// The text of one target group as Prometheus' HTTP SD takes it (discovery/http/http.go): one unknown field, one value that is no string or one
// bad label name, and Prometheus rejects the whole answer.

import type { AnnouncedTarget, Labels } from '@pullway/shared/protocol/announcement';

const OWN_META = '__meta_pullway_';
const META = '__meta_';

/** Who announces a target, as far as scrapers see it. */
export interface Announcer {
  readonly name: string;
  readonly cluster: string;
  readonly version: string;
}

/** Labels of a target that do not depend on which of several agents announces it, by name in stable order. */
export function groupLabels({ labels, path, passthrough }: AnnouncedTarget, cluster: string): Labels {
  const all: Record<string, string> = { __metrics_path__: path, __scheme__: passthrough ? 'https' : 'http' };
  for (const [name, value] of Object.entries(labels)) {
    // Ours to say, and Prometheus takes the address from `targets`.
    if (!name.startsWith(OWN_META) && name !== '__address__') all[name] = value;
  }
  if (cluster !== '') {
    all['cluster'] ||= cluster;
    all[`${OWN_META}cluster`] = cluster;
  }
  if (labels['job'] !== undefined) all[`${OWN_META}job`] = labels['job'];
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => compareText(a, b)));
}

/**
 * The group up to and without the end of its labels, which is what twins (several agents that announce the same) have in common. It begins with
 * address and path, so that the order of these texts is that of address, path, labels.
 */
export function groupStart(address: string, labels: Labels): string {
  const { __metrics_path__: path = '/', ...others } = labels;
  return `{"targets":[${JSON.stringify(address)}],"labels":${JSON.stringify({ __metrics_path__: path, ...others }).slice(0, -1)}`;
}

/** What completes groupStart(). */
export function groupEnd({ name, version }: Announcer): string {
  return `,"${OWN_META}agent":${JSON.stringify(name)},"${OWN_META}version":${JSON.stringify(version)}}}`;
}

/** The whole group without what relabelling would drop anyway. */
export function groupWithoutMeta(address: string, labels: Labels): string {
  const kept = Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith(META)));
  return `${groupStart(address, kept)}}}`;
}

/** By code units: the order must not depend on the language of the machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
