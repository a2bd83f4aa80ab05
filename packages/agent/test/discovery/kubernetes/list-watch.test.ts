// After whatever happens, the cache holds what the server holds. What goes wrong is in list-watch-faults.test.ts.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Selection } from '../../../src/discovery/kubernetes/resources.ts';
import { StandInApiServer } from '../../support/api-server.ts';
import { podObject } from '../../support/pod-objects.ts';
import { ALL_PODS, isTruth, keepPods } from '../../support/watched-cache.ts';

async function openServer(t: TestContext): Promise<{ server: StandInApiServer; url: string }> {
  const server = new StandInApiServer();
  const url = await server.listen();
  t.after(() => server.close());
  return { server, url };
}

function addPods(server: StandInApiServer, count: number): void {
  for (let i = 0; i < count; i += 1) server.store.apply('pods', podObject(`web-${i}`));
}

test('lists what is there, and follows what comes, changes and goes', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 3);
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  assert.deepEqual(watched.names, ['shop/web-0', 'shop/web-1', 'shop/web-2']);
  server.store.apply('pods', podObject('web-3'));
  server.store.apply('pods', podObject('web-1', { labels: { app: 'é "quoted" \\ {[' } }));
  server.store.remove('pods', 'shop', 'web-0');
  await watched.until(() => isTruth(server, watched));
  assert.equal(watched.cache.get('shop', 'web-1')?.labels['app'], 'é "quoted" \\ {[');
  assert.equal(watched.lists, 1);
  assert.deepEqual(watched.failures, []);
});

test('lists in pages of 500', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 1_201);
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  assert.ok(isTruth(server, watched));
  const lists = server.calls.filter(({ verb }) => verb === 'list');
  assert.deepEqual(
    lists.map(({ limit, continueToken }) => [limit, continueToken !== '']),
    [
      [500, false],
      [500, true],
      [500, true],
    ],
  );
});

test('asks for a namespace and selectors', async (t) => {
  const { server, url } = await openServer(t);
  const selection: Selection = {
    resource: 'pods',
    namespace: 'shop',
    labelSelector: 'app in (web, db),!canary',
    fieldSelector: 'spec.nodeName=worker-1',
  };
  server.store.apply('pods', podObject('mine', { labels: { app: 'web' }, node: 'worker-1' }));
  server.store.apply('pods', podObject('canary', { labels: { app: 'web', canary: '1' }, node: 'worker-1' }));
  server.store.apply('pods', podObject('elsewhere', { labels: { app: 'web' }, node: 'worker-2' }));
  server.store.apply('pods', podObject('foreign', { namespace: 'bank', labels: { app: 'web' }, node: 'worker-1' }));
  const { watched } = keepPods(t, { url, selection });
  await watched.until(() => watched.syncs === 1);
  assert.deepEqual(watched.names, ['shop/mine']);
  server.store.apply('pods', podObject('mine', { labels: { app: 'web', canary: '1' }, node: 'worker-1' }));
  server.store.apply('pods', podObject('canary', { labels: { app: 'db' }, node: 'worker-1' }));
  await watched.until(() => isTruth(server, watched, selection));
  assert.deepEqual(watched.names, ['shop/canary']);
});

test('misses no change between list and watch', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 2);
  const held = Promise.withResolvers<void>();
  server.faults.add({ verb: 'watch', fault: { kind: 'held', until: held.promise } });
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.lists === 1);
  server.store.remove('pods', 'shop', 'web-0');
  server.store.apply('pods', podObject('web-1', { labels: { new: 'yes' } }));
  server.store.apply('pods', podObject('web-2'));
  held.resolve();
  await watched.until(() => isTruth(server, watched));
  assert.equal(watched.lists, 1);
});

test('sees one state on all pages, though objects change between them', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 600);
  const held = Promise.withResolvers<void>();
  server.faults.add({ verb: 'list', spare: 1, fault: { kind: 'held', until: held.promise } });
  const { watched } = keepPods(t, { url });
  while (server.calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
  server.store.remove('pods', 'shop', 'web-1');
  server.store.apply('pods', podObject('zzz'));
  held.resolve();
  await watched.until(() => watched.syncs === 1 && isTruth(server, watched));
  assert.equal(watched.lists, 1);
});

test('goes on from a bookmark without a new list, though the history was forgotten', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 2);
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  server.store.skipVersions(1_000);
  server.sendBookmarks();
  server.compact();
  server.store.apply('pods', podObject('web-9'));
  await watched.until(() => isTruth(server, watched));
  server.endWatches();
  await watched.until(() => watched.syncs === 2);
  server.store.remove('pods', 'shop', 'web-0');
  await watched.until(() => isTruth(server, watched));
  assert.equal(watched.lists, 1);
  assert.deepEqual(watched.failures, []);
});

test('lists anew when the history does not reach back to its version', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 3);
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  server.goAway();
  await watched.until(() => watched.failures.length > 0);
  server.store.remove('pods', 'shop', 'web-0');
  server.store.apply('pods', podObject('web-3'));
  server.compact();
  assert.equal(watched.cache.size, 3);
  server.comeBack();
  await watched.until(() => isTruth(server, watched));
  assert.equal(watched.failures.at(-1)?.code, 'expired');
  assert.equal(watched.lists, 2);
});

test('lists anew after a 410 in the middle of a watch, and deletes what vanished meanwhile', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 3);
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  server.store.apply('pods', podObject('web-3'));
  server.expireWatches();
  server.store.remove('pods', 'shop', 'web-1');
  await watched.until(() => watched.syncs === 2 && isTruth(server, watched));
  assert.deepEqual(
    watched.failures.map(({ code, status }) => [code, status]),
    [['expired', 410]],
  );
});

test('reads a list whole after a 410 in the middle of it', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 1_100);
  server.faults.add({ verb: 'list', spare: 1, fault: { kind: 'status', status: 410 } });
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  assert.ok(isTruth(server, watched));
  const lists = server.calls.filter(({ verb }) => verb === 'list');
  assert.deepEqual(
    lists.map(({ limit }) => limit),
    [500, 500, 0],
  );
  assert.deepEqual(watched.failures, []);
});

test('keeps what it knows while the server is away', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 3);
  const { watched, clock } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  server.goAway();
  server.store.remove('pods', 'shop', 'web-0');
  await watched.until(() => watched.failures.length >= 8);
  assert.equal(watched.cache.size, 3);
  assert.deepEqual(new Set(watched.failures.map(({ code }) => code)), new Set(['unreachable']));
  // Half of the bound, as chance is fixed here.
  assert.deepEqual(clock.waits.slice(0, 7), [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  server.comeBack();
  await watched.until(() => isTruth(server, watched));
  assert.equal(watched.lists, 1);
});

test('keeps up with a hundred watches that end in good order', async (t) => {
  const { server, url } = await openServer(t);
  addPods(server, 2);
  const { watched } = keepPods(t, { url });
  for (let i = 0; i < 100; i += 1) {
    await watched.until(() => watched.syncs > i && server.watches.length === 1);
    server.store.apply('pods', podObject('web-0', { labels: { turn: String(i) } }));
    server.endWatches();
    await watched.until(() => watched.cache.get('shop', 'web-0')?.labels['turn'] === String(i));
  }
  assert.equal(watched.lists, 1);
  assert.deepEqual(watched.failures, []);
});

test('ends at once when it is told to, and leaves nothing open', async (t) => {
  const { server, url } = await openServer(t);
  const { watched, stop, silence } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  await stop();
  assert.equal(silence.pending, 0);
  while (server.watches.length > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('ends while it waits for the next attempt', async (t) => {
  const { server, url } = await openServer(t);
  server.goAway();
  const { watched, stop, silence } = keepPods(t, { url, selection: ALL_PODS });
  await watched.until(() => watched.failures.length > 0);
  await stop();
  assert.equal(silence.pending, 0);
});
