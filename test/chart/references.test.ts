// What pods name is there: Secrets, ConfigMaps, accounts, volumes and files.

import assert from 'node:assert/strict';
import { containersOf, describe, programOf, startedPods } from '../support/manifests.ts';
import { missingFrom } from '../support/pod-references.ts';
import { holdsForAll } from '../support/value-files.ts';

/** What the value files say that users have: named by a value existing…, or by volumes of their own. */
const OF_THE_USER: Readonly<Record<string, readonly string[]>> = {
  tls: ['Secret pullway-tokens agents.yml', 'Secret pullway-tunnel-tls', 'Secret pullway-web-tls'],
  'namespaced-agent': ['Secret pullway-agent-token token'],
  'daemonset-only': ['Secret pullway-agent-token token'],
  'cluster-level-only': ['Secret pullway-agent-token token'],
  'small-cluster': ['Secret pullway-agent-token token'],
  everything: [
    'ConfigMap scraper-authorities',
    'Secret agent-client-certificate',
    'Secret agent-registry-credentials',
    'Secret database-password',
    'Secret outbound-proxy url',
    'Secret proxy-registry-credentials',
    'Secret registry-credentials',
    'Secret tunnel-tls',
    'Secret tunnel-web-tls',
  ],
};

const CLUSTER_WIDE = ['ClusterRole', 'ClusterRoleBinding', 'Namespace'];

holdsForAll('no two objects have one name, and all that have a namespace say which', (manifests) => {
  const names = manifests.map(describe);
  assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
  for (const { kind, metadata } of manifests) {
    assert.equal(metadata.namespace === undefined, CLUSTER_WIDE.includes(kind), `${kind} ${metadata.name}`);
  }
});

holdsForAll('every Secret, ConfigMap and account that a pod names exists, or the user has it', (manifests, file) => {
  const missing = new Set(startedPods(manifests).flatMap((pod) => missingFrom(manifests, pod)));
  assert.deepEqual([...missing].toSorted(), OF_THE_USER[file] ?? []);
});

holdsForAll('every volume that is mounted is there, and every volume is mounted', (manifests) => {
  for (const { owner, spec } of startedPods(manifests)) {
    const volumes = (spec.volumes ?? []).map(({ name }) => name);
    const mounted = containersOf(spec).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
    assert.deepEqual(volumes.toSorted(), [...new Set(mounted)].toSorted(), owner);
  }
});

holdsForAll('no container has two mounts at one place, two variables or two ports of one name', (manifests) => {
  for (const { owner, spec } of startedPods(manifests)) {
    for (const { name, volumeMounts = [], env = [], ports = [] } of containersOf(spec)) {
      const places = volumeMounts.map(({ mountPath }) => mountPath);
      for (const names of [places, env.map(({ name }) => name), ports.map(({ name }) => name)]) {
        assert.equal(new Set(names).size, names.length, `${owner} ${name}: ${names.join(', ')}`);
      }
    }
  }
});

holdsForAll('every file that a flag names is in a volume', (manifests) => {
  for (const pod of startedPods(manifests)) {
    const { args = [], volumeMounts = [] } = programOf(pod);
    for (const file of args.flatMap((arg) => /^--[a-z.-]+[.-]file=(.+)$/.exec(arg)?.[1] ?? [])) {
      const volume = volumeMounts.find(({ mountPath }) => file.startsWith(`${mountPath}/`));
      assert.ok(volume, `${pod.owner}: ${file}`);
      assert.equal(volume.readOnly, true, `${pod.owner}: ${file}`);
    }
  }
});
