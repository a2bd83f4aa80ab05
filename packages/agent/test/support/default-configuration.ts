// The configuration that the Helm chart has for Kubernetes, and what jobs make of objects, without an API server.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finish } from '@pullway/shared/runtime/pace';
import { loadConfigFile } from '../../src/config/config-file.ts';
import type { Job } from '../../src/config/job.ts';
import { groupTargets } from '../../src/discovery/group-targets.ts';
import { ObjectCache } from '../../src/discovery/kubernetes/object-cache.ts';
import { roleGroups } from '../../src/discovery/kubernetes/role.ts';
import { slimEndpointSlice, slimNode, slimPod, slimService } from '../../src/discovery/kubernetes/slim-objects.ts';
import { Exporters } from '../../src/targets/exporters.ts';
import { describeExporter, type Target } from '../../src/targets/target.ts';

const FILE = join(import.meta.dirname, '../../../../deploy/helm/pullway/files/kubernetes.yml');

export interface RawObjects {
  readonly pods?: readonly unknown[];
  readonly nodes?: readonly unknown[];
  readonly services?: readonly unknown[];
  readonly slices?: readonly unknown[];
}

/** What an operator sees of a target. */
export interface FoundTarget {
  readonly address: string;
  /** Where the agent goes for it. */
  readonly exporter: string;
  readonly path: string;
  /** Without meta labels. */
  readonly labels: Readonly<Record<string, string>>;
}

export async function readDefaultText(): Promise<string> {
  return readFile(FILE, 'utf8');
}

/** The jobs of `file` for an agent on the node worker-1; those of the default configuration when there is none. */
export async function readJobs(file = FILE): Promise<readonly Job[]> {
  return (await loadConfigFile(file, { NODE_NAME: 'worker-1' })).jobs;
}

/** What `job` finds in all of `objects`; selectors are the API server's business. */
export function findIn(objects: RawObjects, job: Job): readonly Target[] {
  const [discovery] = job.discoveries;
  if (discovery?.kind !== 'kubernetes') throw new Error(`${job.name} does not discover Kubernetes objects`);
  const groups = roleGroups(discovery.role, {
    pods: cacheOf(objects.pods, slimPod),
    nodes: cacheOf(objects.nodes, slimNode),
    services: cacheOf(objects.services, slimService),
    endpointSlices: cacheOf(objects.slices, slimEndpointSlice),
  });
  groups.follow(() => undefined);
  const found = finish(groups.takeChanges());
  const identity = { name: 'agent', cluster: 'prod-eu' };
  return new Exporters(() => 0).revise((find) =>
    found.flatMap((group) => {
      const { kept, unusable } = groupTargets(group, { job, identity, find });
      for (const { message } of unusable) throw new Error(message);
      return kept;
    }),
  );
}

export function describeTarget({ address, exporter, path, labels }: Target): FoundTarget {
  const plain = Object.entries(labels).filter(([name]) => !name.startsWith('__meta_') && name !== '__scheme__');
  return { address, exporter: describeExporter(exporter), path, labels: Object.fromEntries(plain) };
}

function cacheOf<T extends { readonly namespace: string; readonly name: string }>(
  raw: readonly unknown[] = [],
  slim: (raw: unknown) => T,
): ObjectCache<T> {
  const cache = new ObjectCache<T>();
  cache.replaceAll(raw.map(slim));
  return cache;
}
