// Whatever goes wrong, and wherever: in the end the cache holds what the server holds, and what went wrong was named.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';
import type { ApiFault } from '../../support/api-server-faults.ts';
import { StandInApiServer } from '../../support/api-server.ts';
import { podObject } from '../../support/pod-objects.ts';
import { ALL_PODS, isTruth, keepPods, type WatchedCache } from '../../support/watched-cache.ts';

/** In bytes, more than any answer below has: header fields of some 400, and three small objects. */
const POINTS = { 'hang-up': 1_300, truncated: 900 } as const;

async function openServer(t: TestContext): Promise<{ server: StandInApiServer; url: string }> {
  const server = new StandInApiServer();
  const url = await server.listen();
  t.after(() => server.close());
  for (const name of ['a', 'b', 'c']) server.store.apply('pods', podObject(name));
  return { server, url };
}

/** A change, something new, something gone; `turn` counts up from 0. */
function change(server: StandInApiServer, turn: number): void {
  server.store.apply('pods', podObject('a', { labels: { turn: String(turn), odd: 'é"}]\\' } }));
  server.store.apply('pods', podObject(`turn-${turn}`));
  server.store.remove('pods', 'shop', turn === 0 ? 'b' : `turn-${turn - 1}`);
}

async function settle(server: StandInApiServer, watched: WatchedCache): Promise<void> {
  await watched.until(() => isTruth(server, watched) && server.faults.left === 0);
}

for (const kind of ['hang-up', 'truncated'] as const) {
  test(`survives a watch that ends anywhere (${kind})`, async (t) => {
    const { server, url } = await openServer(t);
    const { watched } = keepPods(t, { url });
    await watched.until(() => watched.syncs > 0);
    for (let point = 0; point < POINTS[kind]; point += 1) {
      // The next watch begins with the changes that it missed, and is cut among them.
      server.faults.add({ verb: 'watch', fault: { kind, afterBytes: point } });
      server.endWatches();
      change(server, point);
      await settle(server, watched);
    }
    assert.equal(watched.lists, 1);
  });

  test(`survives a list that ends anywhere (${kind})`, async (t) => {
    const { server, url } = await openServer(t);
    const { watched } = keepPods(t, { url });
    await watched.until(() => watched.syncs > 0);
    for (let point = 0; point < POINTS[kind]; point += 1) {
      server.faults.add({ verb: 'list', fault: { kind, afterBytes: point } });
      change(server, point);
      server.expireWatches();
      const syncs = watched.syncs;
      await watched.until(() => watched.syncs > syncs && isTruth(server, watched));
    }
    assert.ok(watched.lists > POINTS[kind]);
  });
}

const REFUSALS: readonly { readonly status: number; readonly code: string }[] = [
  { status: 401, code: 'unauthorized' },
  { status: 403, code: 'forbidden' },
  { status: 404, code: 'not_found' },
  { status: 418, code: 'refused' },
  { status: 429, code: 'throttled' },
  { status: 500, code: 'server_error' },
  { status: 503, code: 'server_error' },
  { status: 504, code: 'server_error' },
];

for (const verb of ['list', 'watch'] as const) {
  for (const { status, code } of REFUSALS) {
    test(`survives the answer ${status} to a ${verb}`, async (t) => {
      const { server, url } = await openServer(t);
      server.faults.add({ verb, fault: { kind: 'status', status } });
      server.faults.add({ verb, fault: { kind: 'status', status } });
      const { watched, clock } = keepPods(t, { url });
      await watched.until(() => watched.syncs > 0);
      change(server, 0);
      await settle(server, watched);
      assert.deepEqual(
        watched.failures.map(({ code }) => code),
        [code, code],
      );
      assert.match(watched.failures[0]?.message ?? '', new RegExp(`status ${status}: this was in the script`));
      assert.deepEqual(clock.waits, [500, 1_000]);
    });
  }
}

test('waits as long as the server asks it to', async (t) => {
  const { server, url } = await openServer(t);
  server.faults.add({ verb: 'list', fault: { kind: 'status', status: 429, retryAfterS: 7 } });
  server.faults.add({ verb: 'watch', fault: { kind: 'status', status: 503, retryAfterS: 100_000 } });
  const { watched, clock } = keepPods(t, { url });
  await watched.until(() => watched.syncs > 0);
  assert.deepEqual(clock.waits, [7_500, 61_000]);
});

test('reads a rotated token again, and asks once more at once', async (t) => {
  const { server, url } = await openServer(t);
  const tokenFile = join(await temporaryFolder(t), 'token');
  await writeFile(tokenFile, 'first\n');
  server.grants.set('first', () => true);
  const credentials = {
    kind: 'authorization',
    type: 'Bearer',
    credentials: { kind: 'file', file: tokenFile },
  } as const;
  const { watched, clock } = keepPods(t, { url, server: { credentials } });
  await watched.until(() => watched.syncs === 1);
  await writeFile(tokenFile, 'second one\n');
  server.grants.delete('first');
  server.grants.set('second one', () => true);
  server.endWatches();
  change(server, 0);
  await settle(server, watched);
  assert.deepEqual(
    server.calls.map(({ verb, token }) => `${verb} ${token}`),
    ['list first', 'watch first', 'watch first', 'watch second one'],
  );
  // The first watch ended without an event; the refusal was nobody's concern.
  assert.deepEqual(
    watched.failures.map(({ code }) => code),
    ['unreachable'],
  );
  assert.equal(clock.waits.length, 1);
});

test('names a refusal of one of two namespaces, and keeps the other', async (t) => {
  const { server, url } = await openServer(t);
  const token = { kind: 'authorization', type: 'Bearer', credentials: { kind: 'inline', value: 'mine' } } as const;
  server.grants.set('mine', ({ namespace }) => namespace === 'shop');
  server.store.apply('pods', podObject('vault', { namespace: 'bank' }));
  const bankOnly = { ...ALL_PODS, namespace: 'bank' };
  const shop = keepPods(t, { url, selection: { ...ALL_PODS, namespace: 'shop' }, server: { credentials: token } });
  const bank = keepPods(t, { url, selection: bankOnly, server: { credentials: token } });
  await shop.watched.until(() => shop.watched.syncs === 1);
  await bank.watched.until(() => bank.watched.failures.length === 12);
  assert.deepEqual(shop.watched.names, ['shop/a', 'shop/b', 'shop/c']);
  assert.equal(bank.watched.cache.size, 0);
  assert.equal(bank.watched.failures[0]?.code, 'forbidden');
  assert.match(
    bank.watched.failures[0]?.message ?? '',
    /pods is forbidden: User "agent" cannot list resource "pods" in API group "" in the namespace "bank"/,
  );
  // Half a minute, as chance is fixed at one half.
  assert.equal(bank.clock.waits.at(-1), 30_000);
  server.grants.set('mine', () => true);
  await bank.watched.until(() => isTruth(server, bank.watched, bankOnly));
  assert.deepEqual(bank.watched.names, ['bank/vault']);
});

test('keeps what was listed when only watching is forbidden', async (t) => {
  const { server, url } = await openServer(t);
  const token = { kind: 'authorization', type: 'Bearer', credentials: { kind: 'inline', value: 'mine' } } as const;
  server.grants.set('mine', ({ verb }) => verb === 'list');
  const { watched } = keepPods(t, { url, server: { credentials: token } });
  await watched.until(() => watched.failures.length === 3);
  assert.equal(watched.cache.size, 3);
  assert.equal(watched.lists, 1);
  assert.equal(watched.syncs, 0);
});

for (const verb of ['list', 'watch'] as const) {
  test(`cuts a ${verb} that is not answered`, async (t) => {
    const { server, url } = await openServer(t);
    server.faults.add({ verb, fault: { kind: 'silence' } });
    const { watched, silence } = keepPods(t, { url });
    while (server.faults.left > 0) await new Promise((resolve) => setImmediate(resolve));
    silence.advance(29_999);
    assert.equal(watched.failures.length, 0);
    silence.advance(1);
    await watched.until(() => watched.syncs === 1);
    assert.equal(watched.failures[0]?.code, 'timeout');
    assert.match(watched.failures[0]?.message ?? '', /^127\.0\.0\.1:\d+ has been silent for 30s$/);
    assert.ok(isTruth(server, watched));
  });
}

test('cuts a watch that is silent for longer than it was to live', async (t) => {
  const { server, url } = await openServer(t);
  const { watched, silence } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  assert.equal(server.watches[0]?.timeoutS, 450);
  silence.advance(400_000);
  change(server, 0);
  await watched.until(() => isTruth(server, watched));
  silence.advance(464_999);
  assert.equal(watched.failures.length, 0);
  silence.advance(1);
  await watched.until(() => watched.syncs === 2);
  assert.equal(watched.failures[0]?.code, 'timeout');
  assert.equal(watched.lists, 1);
});

test('lists anew when its version is one of the future', async (t) => {
  const { server, url } = await openServer(t);
  server.store.skipVersions(1_000);
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  // As after a restore from a backup: an older state, with older versions.
  server.store.skipVersions(-900);
  server.endWatches();
  await watched.until(() => watched.lists === 2 && watched.syncs === 2);
  change(server, 0);
  await settle(server, watched);
});

const NONSENSE: readonly ApiFault[] = [
  { kind: 'body', body: 'not JSON' },
  { kind: 'body', body: '{}\n' },
  { kind: 'body', body: 'null\n' },
  { kind: 'body', body: '{"type":"LOST","object":{"metadata":{"name":"x","resourceVersion":"5"}}}\n' },
  { kind: 'body', body: '{"type":"ADDED","object":{"metadata":{"resourceVersion":"5"}}}\n' },
  { kind: 'body', body: '{"type":"ADDED"}\n' },
  { kind: 'body', body: '{"type":"ERROR","object":{"kind":"Status","code":500}}\n' },
  { kind: 'body', body: '{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{}}]}' },
  { kind: 'body', body: '{"metadata":{"resourceVersion":"7"},"items":[{"metadata":}]}' },
  { kind: 'body', body: '<html><body>Sign in</body></html>' },
  { kind: 'body', body: '' },
];

test('takes nothing for the truth that no API server would say', async (t) => {
  const { server, url } = await openServer(t);
  const { watched } = keepPods(t, { url });
  await watched.until(() => watched.syncs === 1);
  for (const [turn, fault] of NONSENSE.entries()) {
    for (const verb of ['watch', 'list'] as const) {
      server.faults.add({ verb, fault });
      change(server, turn * 2 + (verb === 'list' ? 1 : 0));
      if (verb === 'list') server.expireWatches();
      else server.endWatches();
      await settle(server, watched);
    }
  }
});
