// Names and labels are ones that the API server takes, however long the name of the release is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderChart } from '../support/chart.ts';
import { describe, startedPods, type Manifest } from '../support/manifests.ts';
import { requireProgram } from '../support/real-program.ts';
import { holdsForAll } from '../support/value-files.ts';

/** The longest that helm takes. */
const LONG_RELEASE = 'a-release-with-the-longest-name-that-helm-takes-at-all'.slice(0, 53);

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_NAME = /^(?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** What a controller adds to the name of a StatefulSet for a label of its pods, and to that of a DaemonSet or Deployment for its pods. */
const CONTROLLER_SUFFIX = '-0123456789'.length;

holdsForAll('the API server takes all names and labels', checkNames);

test('a long name of the release is cut, and all names stay different', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const set = ['fullnameOverride=""'];
  for (const file of ['everything', 'small-cluster']) {
    const manifests = await renderChart(helm, { file, set, release: LONG_RELEASE });
    checkNames(manifests);
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
    assert.equal(new Set(names).size, names.length);
  }
});

test('two releases in two namespaces share no object, also where they look into one namespace', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  for (const file of ['namespaced-agent', 'small-cluster']) {
    const here = await renderChart(helm, { file });
    const there = await renderChart(helm, { file, set: ['namespaceOverride="other"'] });
    const names = new Set(here.map(describe));
    assert.deepEqual(
      there.map(describe).filter((name) => names.has(name)),
      [],
    );
  }
});

function checkNames(manifests: readonly Manifest[]): void {
  for (const { kind, metadata } of manifests) {
    const isController = ['StatefulSet', 'DaemonSet', 'Deployment'].includes(kind);
    const longest = isController ? 63 - CONTROLLER_SUFFIX : /^(?:Cluster)?Role/.test(kind) ? 253 : 63;
    assert.match(metadata.name, DNS_LABEL);
    assert.ok(metadata.name.length <= longest, `${kind} ${metadata.name}: more than ${longest} characters`);
    checkLabels(metadata.labels);
  }
  for (const { labels } of startedPods(manifests)) checkLabels(labels);
}

function checkLabels(labels: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(labels)) {
    assert.match(name, LABEL_NAME);
    assert.match(value, LABEL_VALUE, name);
  }
}
