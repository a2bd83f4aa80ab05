// All pods of the chart are admitted where the restricted Pod Security Standard is enforced, and more than it asks for holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { renderChart, VALUE_FILES } from '../support/chart.ts';
import { programOf, startedPods } from '../support/manifests.ts';
import { restrictedFaults } from '../support/pod-security.ts';
import { requireProgram } from '../support/real-program.ts';

for (const file of VALUE_FILES) {
  test(`${file}: the restricted Pod Security Standard admits all pods`, async (t) => {
    const helm = requireProgram(t, 'helm');
    if (helm === undefined) return;
    const pods = startedPods(await renderChart(helm, { file }));
    assert.ok(pods.length > 0);
    for (const { owner, spec } of pods) assert.deepEqual(restrictedFaults(spec), [], owner);
  });
}

test('the programs run as 65532 on a file system that nobody writes to, with a memory limit', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  for (const file of VALUE_FILES) {
    for (const pod of startedPods(await renderChart(helm, { file }))) {
      const { securityContext, resources } = programOf(pod);
      assert.equal(securityContext?.readOnlyRootFilesystem, true, pod.owner);
      assert.equal(pod.spec.securityContext?.runAsUser, 65_532, pod.owner);
      assert.equal(pod.spec.securityContext?.runAsGroup, 65_532, pod.owner);
      assert.ok(resources?.limits?.['memory'], pod.owner);
    }
  }
});

test('only agents get a token of the API server', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  for (const { owner, spec } of startedPods(await renderChart(helm, { file: 'everything' }))) {
    assert.equal(spec.automountServiceAccountToken, owner.includes('-agent'), owner);
  }
});

const GOOD = {
  name: 'a',
  image: 'a',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};
const POD: IPodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [GOOD],
};

const REFUSED: Readonly<Record<string, IPodSpec>> = {
  hostNetwork: { ...POD, hostNetwork: true },
  'volume host: hostPath': { ...POD, volumes: [{ name: 'host', hostPath: { path: '/' } }] },
  'container a takes a port of the node': {
    ...POD,
    containers: [{ ...GOOD, ports: [{ containerPort: 1, hostPort: 1 }] }],
  },
  'container a keeps capabilities': {
    ...POD,
    containers: [{ ...GOOD, securityContext: { allowPrivilegeEscalation: false } }],
  },
  'container a may gain privileges': {
    ...POD,
    initContainers: [{ ...GOOD, securityContext: { capabilities: { drop: ['ALL'] } } }],
  },
  'container a lets the kubelet connect to other hosts': {
    ...POD,
    containers: [{ ...GOOD, livenessProbe: { httpGet: { port: 80, host: '10.0.0.1' } } }],
  },
  'container a may run as root': { ...POD, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
  'container a has no seccomp profile': { ...POD, securityContext: { runAsNonRoot: true } },
};

for (const [fault, spec] of Object.entries(REFUSED)) {
  test(`the rules find: ${fault}`, () => assert.deepEqual(restrictedFaults(spec), [fault]));
}
