import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetSource } from '../../src/targets/contenders.ts';
import { TargetSet } from '../../src/targets/target-set.ts';
import type { Target } from '../../src/targets/target.ts';
import { exporter, NODE_EXPORTER, target } from '../support/targets.ts';

function setOf(...targets: Parameters<TargetSet['replace']>[0]): TargetSet {
  const set = new TargetSet();
  set.replace(targets);
  return set;
}

function source(key: string, rank: number, ...targets: readonly Target[]): TargetSource {
  return { key, rank, targets };
}

test('admits exactly the path of a target, whatever stands behind the address', () => {
  const metrics = target();
  const set = setOf(metrics);
  assert.deepEqual(set.admit('client:9100', '/metrics'), { kind: 'admitted', target: metrics });
  assert.deepEqual(set.admit('client:9100', '/debug/pprof'), { kind: 'not_exposed', paths: ['/metrics'] });
  assert.deepEqual(set.admit('client:9101', '/metrics'), { kind: 'unknown_target', isAnnounced: false });
});

test('admits allowed paths, the own path of another target first', () => {
  const kubelet = target({ allowedPaths: ['/metrics/*'] });
  const cadvisor = target({
    path: '/metrics/cadvisor',
    labels: { job: 'cadvisor' },
    exporter: exporter({ port: 9999 }),
  });
  const set = setOf(kubelet, cadvisor);
  assert.deepEqual(set.admit('client:9100', '/metrics/probes'), { kind: 'admitted', target: kubelet });
  assert.deepEqual(set.admit('client:9100', '/metrics/cadvisor'), { kind: 'admitted', target: cadvisor });
  assert.deepEqual(set.admit('client:9100', '/exec'), {
    kind: 'not_exposed',
    paths: ['/metrics', '/metrics/cadvisor', '/metrics/*'],
  });
});

test('admits byte streams to passthrough targets only, and only those', () => {
  const through = target({ passthrough: true });
  const set = setOf(through, target({ address: 'client:9101' }));
  assert.deepEqual(set.admitStream('client:9100'), { kind: 'admitted', target: through });
  assert.deepEqual(set.admit('client:9100', '/metrics'), { kind: 'not_exposed', paths: [] });
  assert.deepEqual(set.admitStream('client:9101'), { kind: 'not_exposed', paths: ['/metrics'] });
  assert.deepEqual(set.admitStream('client:9102'), { kind: 'unknown_target', isAnnounced: false });
});

test('refuses a target whose pod is not what is behind it any more, and admits it when it is again', () => {
  let hasItsPod = false;
  const metrics = target({ hasItsPod: () => hasItsPod });
  const through = target({ passthrough: true, hasItsPod: () => hasItsPod });
  const set = setOf(metrics, through);
  assert.deepEqual(set.admit('client:9100', '/metrics'), { kind: 'unknown_target', isAnnounced: true });
  assert.deepEqual(set.admitStream('client:9100'), { kind: 'unknown_target', isAnnounced: true });
  hasItsPod = true;
  assert.deepEqual(set.admit('client:9100', '/metrics'), { kind: 'admitted', target: metrics });
  assert.deepEqual(set.admitStream('client:9100'), { kind: 'admitted', target: through });
});

test('refuses what was announced once and is no longer there', () => {
  const set = setOf(target());
  set.replace([]);
  assert.equal(set.admit('client:9100', '/metrics').kind, 'unknown_target');
  assert.equal(set.size, 0);
});

test('tells only what changed, and keeps the numbers of the rest', () => {
  const set = setOf(target({ address: 'a:1' }), target({ address: 'b:1' }));
  const before = new Map(set.snapshot().map(({ address, id }) => [address, id]));
  const change = set.replace([target({ address: 'b:1' }), target({ address: 'c:1' })]);
  assert.deepEqual(
    change.add.map(({ address }) => address),
    ['c:1'],
  );
  assert.deepEqual(change.remove, [before.get('a:1')]);
  assert.equal(set.snapshot().find(({ address }) => address === 'b:1')?.id, before.get('b:1'));
});

test('uses a number again only in a later announcement than the one that freed it', () => {
  const set = setOf(target({ address: 'a:1' }));
  const swap = set.replace([target({ address: 'b:1' })]);
  assert.notDeepEqual(
    swap.add.map(({ id }) => id),
    swap.remove,
  );
  const next = set.replace([target({ address: 'b:1' }), target({ address: 'c:1' })]);
  assert.deepEqual(
    next.add.map(({ id }) => id),
    swap.remove,
  );
});

test('announces a target anew when its labels change, but not when only its credentials do', () => {
  const set = setOf(target({ labels: { job: 'a', zone: '1' } }));
  const order = set.replace([target({ labels: { zone: '1', job: 'a' } })]);
  assert.deepEqual([order.add.length, order.remove.length], [0, 0]);
  const renewed = exporter({ credentials: { kind: 'authorization', type: 'Bearer', credentials: () => 'x' } });
  const credentials = set.replace([target({ labels: { job: 'a', zone: '1' }, exporter: renewed })]);
  assert.deepEqual([credentials.add.length, credentials.remove.length], [0, 0]);
  const admission = set.admit('client:9100', '/metrics');
  assert.equal(admission.kind === 'admitted' && admission.target.exporter, renewed);
  const labels = set.replace([target({ labels: { job: 'b' }, exporter: renewed })]);
  assert.deepEqual([labels.add.length, labels.remove.length], [1, 1]);
});

test('announces nothing of how an exporter is reached', () => {
  const secret = exporter({ credentials: { kind: 'basic', username: 'u', password: () => 'p' } });
  assert.deepEqual(setOf(target({ exporter: secret })).snapshot(), [
    { id: 1, address: 'client:9100', path: '/metrics', labels: { job: 'node' }, passthrough: false, allowedPaths: [] },
  ]);
});

test('changes the targets of one source, and leaves those of the others alone', () => {
  const set = new TargetSet();
  set.update([source('a', 0, target({ address: 'a:1' })), source('b', 1, target({ address: 'b:1' }))]);
  const change = set.update([source('a', 0, target({ address: 'c:1' }))]);
  assert.deepEqual([change.add.map(({ address }) => address), change.remove.length], [['c:1'], 1]);
  assert.equal(set.admit('a:1', '/metrics').kind, 'unknown_target');
  assert.equal(set.admit('b:1', '/metrics').kind, 'admitted');
  const gone = set.update([source('b', 1)]);
  assert.deepEqual([gone.add.length, gone.remove.length, set.size], [0, 1, 1]);
});

test('announces a target once that two sources have, until neither has it', () => {
  const set = new TargetSet();
  assert.equal(set.update([source('a', 0, target()), source('b', 0, target())]).add.length, 1);
  assert.deepEqual(set.update([source('a', 0)]), { add: [], remove: [], refused: [] });
  assert.equal(set.update([source('b', 0)]).remove.length, 1);
});

test('lets the source with the lower rank win, whenever it comes, and the other take over when it goes', () => {
  const first = target({ exporter: exporter({ scheme: 'https' }) });
  const second = target({ labels: { job: 'second' } });
  const set = new TargetSet();
  set.update([source('second', 1, second)]);
  const displaced = set.update([source('first', 0, first)]);
  assert.deepEqual([displaced.add.length, displaced.remove.length, displaced.refused.length], [1, 1, 1]);
  assert.deepEqual(set.admit('client:9100', '/metrics'), { kind: 'admitted', target: first });
  assert.deepEqual(
    set.refused().map(({ target: refused }) => refused),
    [second],
  );
  assert.deepEqual(set.exporters(), new Set([first.exporter, second.exporter]));
  set.update([source('first', 0)]);
  assert.deepEqual(set.admit('client:9100', '/metrics'), { kind: 'admitted', target: second });
  assert.deepEqual(set.refused(), []);
});

test('tells of a refused target once, however often its source is told anew', () => {
  const set = new TargetSet();
  const rival = (): Target => target({ exporter: exporter({ scheme: 'https' }) });
  assert.equal(set.update([source('a', 0, target()), source('b', 0, rival())]).refused.length, 1);
  assert.equal(set.update([source('b', 0, rival())]).refused.length, 0);
  // Nor does the one that was there lose its place when it changes.
  assert.equal(set.update([source('a', 0, target({ labels: { job: 'x' } }))]).refused.length, 0);
});

test('does not know an address for which every target was refused', () => {
  const set = setOf(target({ labels: { 'bad name': 'x' } }));
  assert.equal(set.admit('client:9100', '/metrics').kind, 'unknown_target');
  assert.deepEqual([set.size, set.refused().length], [0, 1]);
});

test('counts targets by job', () => {
  const set = setOf(target({ address: 'a:1' }), target({ address: 'b:1' }), target({ labels: { job: 'db' } }));
  assert.deepEqual(
    [...set.countByJob()],
    [
      ['node', 2],
      ['db', 1],
    ],
  );
});

test('takes 20,000 probes of one exporter without slowing down with their number', { timeout: 10_000 }, () => {
  const probes = Array.from({ length: 20_000 }, (_, index) =>
    target({
      address: 'client:9115',
      path: '/probe',
      exporter: NODE_EXPORTER,
      labels: { job: 'probe', __param_target: String(index) },
    }),
  );
  const set = setOf(...probes);
  assert.equal(set.size, 20_000);
  assert.equal(set.admit('client:9115', '/probe').kind, 'admitted');
});
