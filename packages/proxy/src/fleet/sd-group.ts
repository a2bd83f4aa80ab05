// The text of one target group as Prometheus' HTTP SD takes it (discovery/http/http.go): one unknown field, one value that is no string or one
// bad label name, and Prometheus rejects the whole answer. Made for each of 100,000 targets, so it goes straight to text.

import type { AnnouncedTarget, Labels } from '@pullway/shared/protocol/announcement';

const META = '__meta_';
const OWN_META = '__meta_pullway_';
const PATH = '__metrics_path__';

/** Who announces a target, as far as scrapers see it. */
export interface Announcer {
  readonly name: string;
  readonly version: string;
}

/** Labels of `target` that do not depend on which of several agents announces it. */
export function groupLabels({ labels, path, passthrough }: AnnouncedTarget, cluster: string): Labels {
  const all: Record<string, string> = { [PATH]: path, __scheme__: passthrough ? 'https' : 'http' };
  for (const name in labels) if (!isReserved(name)) all[name] = labels[name] ?? '';
  if (cluster !== '') {
    all['cluster'] ||= cluster;
    all[`${OWN_META}cluster`] = cluster;
  }
  if (labels['job'] !== undefined) all[`${OWN_META}job`] = labels['job'];
  return all;
}

/**
 * The group up to and without the end of its labels, which is what twins (several agents that announce the same) have in common. It begins with
 * address and path, and the labels are sorted, so that the order of these texts is that of address, path, labels.
 */
export function groupStart(target: AnnouncedTarget, cluster: string): string {
  return groupText(target, cluster, true);
}

/** What completes groupStart(). */
export function groupEnd({ name, version }: Announcer): string {
  return `,"${OWN_META}agent":${JSON.stringify(name)},"${OWN_META}version":${JSON.stringify(version)}}}`;
}

/** The whole group without what relabelling would drop anyway. */
export function groupWithoutMeta(target: AnnouncedTarget, cluster: string): string {
  return `${groupText(target, cluster, false)}}}`;
}

/** By code units: the order must not depend on the language of the machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names of labels were checked when they were announced: none needs escaping. */
function groupText(target: AnnouncedTarget, cluster: string, withMeta: boolean): string {
  const labels = groupLabels(target, cluster);
  let text = `{"targets":[${JSON.stringify(target.address)}],"labels":{"${PATH}":${JSON.stringify(labels[PATH])}`;
  for (const name of Object.keys(labels).toSorted()) {
    if (name === PATH || (!withMeta && name.startsWith(META))) continue;
    text += `,"${name}":${JSON.stringify(labels[name])}`;
  }
  return text;
}

/** What is ours to say, and what Prometheus takes from `targets`. */
function isReserved(name: string): boolean {
  return name === '__address__' || name.startsWith(OWN_META);
}
