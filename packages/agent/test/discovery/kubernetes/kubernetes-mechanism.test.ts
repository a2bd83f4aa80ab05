// From `kubernetes_sd_configs` and an API server to target groups.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { finish } from '@pullway/shared/runtime/pace';
import { discover, realisticStandIn, standIn } from '../../support/kubernetes-discoverer.ts';
import { readExpectation } from '../../support/kubernetes-objects.ts';
import { podObject } from '../../support/pod-objects.ts';

const folder = new URL('../../fixtures/kubernetes/expected/', import.meta.url);

for (const file of readdirSync(folder)) {
  test(`finds at an API server what Prometheus finds: ${file}`, async (t) => {
    const { url } = await realisticStandIn(t);
    const { kubernetes_sd_config: config, targets } = readExpectation(file);
    const { discoverer } = await discover(t, { ...config, api_server: url });
    await discoverer.until(() => discoverer.mechanism.status.hasSynced);
    assert.deepEqual(sorted(discoverer.targets), sorted(targets));
    assert.deepEqual([discoverer.mechanism.status.faults, discoverer.mechanism.status.failures], [[], 0]);
  });
}

test('follows pods that come, change and go', async (t) => {
  const { server, url } = await standIn(t);
  server.store.apply('pods', podObject('a'));
  const { discoverer } = await discover(t, { role: 'pod', api_server: url });
  await discoverer.until(() => discoverer.pods.join() === 'a');
  server.store.apply('pods', podObject('b'));
  await discoverer.until(() => discoverer.pods.join() === 'a,b');
  server.store.remove('pods', 'shop', 'a');
  await discoverer.until(() => discoverer.pods.join() === 'b');
});

test('names a namespace that it may not look at, and finds what there is in the other', async (t) => {
  const { server, url } = await standIn(t);
  server.grants.set('t', ({ namespace }) => namespace === 'open');
  server.store.apply('pods', podObject('a', { namespace: 'open' }));
  server.store.apply('pods', podObject('b', { namespace: 'secret' }));
  const { discoverer, logger } = await discover(t, {
    role: 'pod',
    api_server: url,
    authorization: { credentials: 't' },
    namespaces: { names: ['open', 'secret'] },
  });
  await discoverer.until(() => discoverer.mechanism.status.hasSynced);
  await discoverer.until(() => discoverer.pods.join() === 'a');
  const { faults, failures } = discoverer.mechanism.status;
  assert.match(faults.join(), /^pods of namespace secret: status 403: /);
  assert.deepEqual([failures, faults.length, logger.lines], [1, 1, ['warn kubernetes discovery failed']]);
  assert.deepEqual(logger.records[0]?.fields['namespace'], 'secret');
});

test('says nothing of endpoints before it knows their pods, since their names would change', async (t) => {
  const { server, url } = await realisticStandIn(t);
  server.grants.set('', () => true);
  const { discoverer } = await discover(t, { role: 'endpointslice', api_server: url });
  await discoverer.until(() => discoverer.targets.length > 0);
  assert.equal(discoverer.mechanism.status.hasSynced, true);
});

test('has not synced while the server is away, and knows what it knew when it goes', async (t) => {
  const { server, url } = await standIn(t);
  server.store.apply('pods', podObject('a'));
  server.goAway();
  const { discoverer } = await discover(t, { role: 'pod', api_server: url });
  assert.deepEqual([discoverer.mechanism.status.hasSynced, discoverer.targets], [false, []]);
  server.comeBack();
  await discoverer.until(() => discoverer.pods.join() === 'a');
  assert.equal(discoverer.mechanism.status.hasSynced, true);
  server.goAway();
  assert.deepEqual(discoverer.pods, ['a']);
});

// The first namespace was always asked first, and while something in it had changed each time nothing of the others was told.
test('takes from one namespace after the other', async (t) => {
  const { server, url } = await standIn(t);
  for (const name of ['a', 'b', 'c']) server.store.apply('pods', podObject(name, { namespace: 'busy' }));
  server.store.apply('pods', podObject('d', { namespace: 'calm' }));
  const config = { role: 'pod', api_server: url, namespaces: { names: ['busy', 'calm'] } };
  const { mechanism } = (await discover(t, config)).discoverer;
  while (!mechanism.status.hasSynced) await new Promise(setImmediate);
  const taken = [1, 1, 1, 1, 1].map((limit) => finish(mechanism.takeChanges(limit))[0]?.source);
  assert.equal(taken[1], 'pod/calm/d');
  assert.deepEqual(new Set(taken), new Set(['pod/busy/a', 'pod/busy/b', 'pod/busy/c', 'pod/calm/d', undefined]));
});

test('ends its watches when it is stopped', async (t) => {
  const { server, url } = await standIn(t);
  server.store.apply('pods', podObject('a'));
  const { discoverer } = await discover(t, { role: 'pod', api_server: url });
  await discoverer.until(() => discoverer.pods.join() === 'a');
  discoverer.mechanism.stop();
  discoverer.mechanism.stop();
  assert.deepEqual(finish(discoverer.mechanism.takeChanges(10)), []);
});

/** Each once, in one order. */
function sorted(targets: readonly Readonly<Record<string, string>>[]): readonly unknown[] {
  const texts = targets.map((target) =>
    JSON.stringify(Object.entries(target).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
  return [...new Set(texts)].toSorted().map((text): unknown => JSON.parse(text));
}
