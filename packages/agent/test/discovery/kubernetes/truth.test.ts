// From the text of a configuration file to targets, by way of an API server that errs: in the end the targets are the truth.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';
import { rawText } from '../../../src/discovery/kubernetes/raw-fields.ts';
import type { ApiFault } from '../../support/api-server-faults.ts';
import type { StandInApiServer } from '../../support/api-server.ts';
import { discoverTargets, type DiscoveredTargets } from '../../support/discovered-targets.ts';
import { realisticStandIn, standIn } from '../../support/kubernetes-discoverer.ts';
import { readExpectation } from '../../support/kubernetes-objects.ts';
import { podObject } from '../../support/pod-objects.ts';

const FOUND_ADDRESS = { source_labels: ['__address__'], target_label: 'found_address' };
const OF_THE_JOB: ReadonlySet<string> = new Set([
  'job',
  '__metrics_path__',
  '__scheme__',
  '__scrape_interval__',
  '__scrape_timeout__',
]);
const TURN = { source_labels: ['__meta_kubernetes_pod_label_turn'], target_label: 'turn' };

for (const file of readdirSync(new URL('../../fixtures/kubernetes/expected/', import.meta.url))) {
  test(`announces just what Prometheus finds: ${file}`, async (t) => {
    const { url } = await realisticStandIn(t);
    const { kubernetes_sd_config: config, targets } = readExpectation(file);
    const found = await discoverTargets(t, { ...config, api_server: url }, [FOUND_ADDRESS]);
    await found.discovery.ready;
    assert.deepEqual(sorted([...found.labels, ...found.unusable].map(asDiscovered)), sorted(targets));
    // A kubelet that told no port stands at port 0: Prometheus finds it and cannot scrape it either.
    assert.deepEqual(
      found.unusable.map((labels) => labels['__address__']),
      file === 'node.json' ? ['10.0.0.13:0'] : [],
    );
  });
}

/** Without what every target of the job has. */
function asDiscovered(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { found_address: address = '', ...others } = labels;
  const found = Object.entries(others).filter(([name]) => !OF_THE_JOB.has(name));
  return { __address__: address, ...Object.fromEntries(found) };
}

/** Each once, in one order. */
function sorted(all: readonly Readonly<Record<string, string>>[]): readonly string[] {
  const texts = all.map((labels) => JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))));
  return [...new Set(texts)].toSorted();
}

/** What `server` holds, as `DiscoveredTargets.turns` says it. */
function truth(server: StandInApiServer, namespaces: readonly string[] = ['shop']): readonly string[] {
  return namespaces
    .flatMap((namespace) =>
      server.store.list({ resource: 'pods', namespace, labelSelector: '', fieldSelector: '' }).map((pod) => {
        const name = rawText(pod, 'metadata', 'name');
        return `${name}.${namespace}.pod:80 ${rawText(pod, 'metadata', 'labels', 'turn')}`;
      }),
    )
    .toSorted();
}

function isTruth(server: StandInApiServer, found: DiscoveredTargets): boolean {
  return JSON.stringify(found.turns) === JSON.stringify(truth(server));
}

/** Pods a, b and c, found. */
async function threePods(t: TestContext, fields: Readonly<Record<string, unknown>> = {}) {
  const { server, url } = await standIn(t);
  for (const name of ['a', 'b', 'c']) server.store.apply('pods', podObject(name));
  const found = await discoverTargets(t, { role: 'pod', api_server: url, ...fields }, [TURN]);
  await found.until(() => isTruth(server, found) && server.watches.length === 1);
  return { server, url, found };
}

/** A change, something new, something gone. */
function change(server: StandInApiServer, turn: number): void {
  server.store.apply('pods', podObject('a', { labels: { turn: String(turn) } }));
  server.store.apply('pods', podObject(`turn-${turn}`));
  server.store.remove('pods', 'shop', turn === 0 ? 'b' : `turn-${turn - 1}`);
}

test('finds all of a list in several pages', async (t) => {
  const { server, url } = await standIn(t);
  for (let i = 0; i < 1_203; i += 1) server.store.apply('pods', podObject(`pod-${i}`));
  const found = await discoverTargets(t, { role: 'pod', api_server: url });
  await found.until(() => isTruth(server, found));
  assert.equal(server.calls.filter(({ verb, limit }) => verb === 'list' && limit === 500).length, 3);
  // While pages are read, their place may be forgotten.
  server.faults.add({ verb: 'list', spare: 1, fault: { kind: 'status', status: 410 } });
  server.store.remove('pods', 'shop', 'pod-7');
  server.expireWatches();
  await found.until(() => isTruth(server, found) && server.faults.left === 0);
});

test('goes on from a bookmark', async (t) => {
  const { server, found } = await threePods(t);
  server.store.skipVersions(100);
  server.sendBookmarks();
  const version = String(server.store.version);
  server.endWatches();
  change(server, 0);
  await found.until(() => isTruth(server, found));
  assert.ok(server.calls.some(({ verb, resourceVersion }) => verb === 'watch' && resourceVersion === version));
  assert.equal(server.calls.filter(({ verb }) => verb === 'list').length, 1);
});

test('lists anew when a watch is told in its middle that its version has expired', async (t) => {
  const { server, found } = await threePods(t);
  for (let turn = 0; turn < 5; turn += 1) {
    // The watch is over before the change, so that only a list can tell.
    server.expireWatches();
    change(server, turn);
    server.compact();
    await found.until(() => isTruth(server, found));
  }
  assert.ok(server.calls.filter(({ verb }) => verb === 'list').length > 1);
  assert.deepEqual(found.logger.lines, []);
});

test('goes on with a token that took the place of one that is refused', async (t) => {
  const { server, url } = await standIn(t);
  server.store.apply('pods', podObject('a'));
  const file = join(await temporaryFolder(t), 'token');
  await writeFile(file, 'first');
  server.grants.set('first', () => true);
  const access = { authorization: { credentials_file: file } };
  const found = await discoverTargets(t, { role: 'pod', api_server: url, ...access }, [TURN]);
  await found.until(() => isTruth(server, found));
  await writeFile(file, 'second');
  server.grants.clear();
  server.grants.set('second', () => true);
  server.store.apply('pods', podObject('b'));
  server.expireWatches();
  await found.until(() => isTruth(server, found));
  assert.deepEqual(found.discovery.statuses[0]?.faults, []);
});

test('finds the pods of one namespace while the other is forbidden, and those of both when it no longer is', async (t) => {
  const { server, url } = await standIn(t);
  let isForbidden = true;
  server.grants.set('t', ({ namespace }) => namespace === 'shop' || !isForbidden);
  for (const namespace of ['shop', 'vault']) server.store.apply('pods', podObject('a', { namespace }));
  const access = { authorization: { credentials: 't' }, namespaces: { names: ['shop', 'vault'] } };
  const found = await discoverTargets(t, { role: 'pod', api_server: url, ...access }, [TURN]);
  await found.discovery.ready;
  assert.deepEqual(found.turns, truth(server));
  assert.match(found.discovery.statuses[0]?.faults.join() ?? '', /^pods of namespace vault: status 403: /);
  isForbidden = false;
  await found.until(() => found.turns.join() === truth(server, ['shop', 'vault']).join());
  await found.until(() => found.discovery.statuses[0]?.faults.length === 0);
});

/** In bytes; header fields have some 400, and three small pods as much again. */
const POINTS: readonly number[] = Array.from({ length: 60 }, (_, index) => index * 20);

for (const verb of ['list', 'watch'] as const) {
  test(`finds the truth after a ${verb} that fails, wherever it does`, async (t) => {
    const { server, found } = await threePods(t);
    const hangUps = POINTS.map((afterBytes): ApiFault => ({ kind: 'hang-up', afterBytes }));
    const refusals = [500, 503, 429, 500].map((status): ApiFault => ({ kind: 'status', status }));
    for (const [turn, fault] of [...refusals, ...hangUps].entries()) {
      server.faults.add({ verb, fault });
      if (verb === 'list') server.expireWatches();
      else server.endWatches();
      change(server, turn);
      await found.until(() => isTruth(server, found) && server.faults.left === 0);
    }
  });
}

test('finds an object as it is when it changes between list and watch', async (t) => {
  const { server, url } = await standIn(t);
  for (const name of ['a', 'b', 'c']) server.store.apply('pods', podObject(name));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.faults.add({ verb: 'watch', fault: { kind: 'held', until: promise } });
  const found = await discoverTargets(t, { role: 'pod', api_server: url }, [TURN]);
  await found.until(() => isTruth(server, found) && server.faults.left === 0);
  change(server, 0);
  resolve();
  await found.until(() => isTruth(server, found));
});

test('keeps targets while the API server is away, and finds the truth when it is back', async (t) => {
  const { server, found } = await threePods(t);
  const before = found.turns;
  server.goAway();
  change(server, 0);
  while (found.discovery.statuses[0]?.faults.length === 0) await new Promise(setImmediate);
  assert.deepEqual(found.turns, before);
  server.comeBack();
  await found.until(() => isTruth(server, found));
});
