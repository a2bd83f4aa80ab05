// What Prometheus found in the objects of a real API server, role by role: fixtures/kubernetes.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { discover } from '../../support/kubernetes-discovery.ts';
import { readExpectation } from '../../support/kubernetes-objects.ts';

const folder = new URL('../../fixtures/kubernetes/expected/', import.meta.url);

for (const file of readdirSync(folder)) {
  test(`finds what Prometheus finds: ${file}`, () => {
    const { kubernetes_sd_config: config, targets } = readExpectation(file);
    const found = discover(config).flatMap(({ labels, targets }) =>
      targets.map((target) => ({ ...labels, ...target })),
    );
    assert.deepEqual(sorted(found), sorted(targets));
  });
}

/** Each once, in one order. */
function sorted(targets: readonly Readonly<Record<string, string>>[]): readonly unknown[] {
  const texts = targets.map((target) =>
    JSON.stringify(Object.entries(target).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
  return [...new Set(texts)].toSorted().map((text): unknown => JSON.parse(text));
}
