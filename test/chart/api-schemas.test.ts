// Every object of the chart is one that the API server takes, with no field that it does not know.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaFault, unknownFields } from '../support/api-schemas.ts';
import { renderChart, VALUE_FILES } from '../support/chart.ts';
import type { Manifest } from '../support/manifests.ts';
import { requireProgram } from '../support/real-program.ts';

test('no object of any value file has a field that the API does not know, or a value that it does not take', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const manifests: Record<string, readonly Manifest[]> = {};
  for (const file of VALUE_FILES) manifests[file] = await renderChart(helm, { file });
  const faults = await Promise.all(Object.values(manifests).flat().map(schemaFault));
  assert.deepEqual(
    faults.filter((fault) => fault !== undefined),
    [],
  );
  assert.equal(await unknownFields(t, manifests), '');
});

const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
const ROUTE = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'a' } };
const MONITOR = { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: { name: 'a' } };
const CONTAINER = { name: 'a', image: 'a' };

/** What these checks are for: each is refused. */
const WRONG: Readonly<Record<string, Manifest & { readonly spec: unknown }>> = {
  'a misspelt field deep in a pod': {
    ...POD,
    spec: { containers: [{ ...CONTAINER, securityContext: { readOnlyRootFileSystem: true } }] },
  },
  'a field at the wrong place': { ...POD, spec: { containers: [CONTAINER], readinessProbe: {} } },
  'a text where a number belongs': { ...POD, spec: { containers: [CONTAINER], terminationGracePeriodSeconds: '30' } },
  'a choice that there is not': { ...POD, spec: { containers: [CONTAINER], restartPolicy: 'Sometimes' } },
  'a pod without containers': { ...POD, spec: {} },
  'a misspelt field of a route': { ...ROUTE, spec: { parentRef: [] } },
  'a misspelt field of a monitor': { ...MONITOR, spec: { selector: {}, endpoints: [{ tlsconfig: {} }] } },
};

test('a field that is misspelt, misplaced, missing or of another type is found', async (t) => {
  const faulty = Object.entries(WRONG);
  const found = await unknownFields(
    t,
    Object.fromEntries(faulty.map(([, object], index) => [`file${index}`, [object]])),
  );
  for (const [index, [what]] of faulty.entries()) {
    assert.match(found, new RegExp(`^file${index}\\.ts\\(.*error TS`, 'm'), `${what}: ${found}`);
  }
});

const UNUSABLE: Readonly<Record<string, Manifest & { readonly spec: unknown }>> = {
  'a quantity that is none': {
    ...POD,
    spec: { containers: [{ ...CONTAINER, resources: { limits: { memory: 'much' } } }] },
  },
  'a number that is too large for a port': {
    ...ROUTE,
    spec: { rules: [{ backendRefs: [{ name: 'a', port: 70_000 }] }] },
  },
  'a duration of a monitor that is none': {
    ...MONITOR,
    spec: { selector: {}, endpoints: [{ interval: 'often' }] },
  },
};

for (const [what, object] of Object.entries(UNUSABLE)) {
  test(`${what} is found`, async () => {
    assert.notEqual(await schemaFault(object), undefined);
  });
}
