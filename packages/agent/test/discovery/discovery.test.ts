import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relabelRuleSchema } from '../../src/discovery/relabel/rule-schema.ts';
import { addresses, discovery, files } from '../support/discovery-scene.ts';
import { job } from '../support/targets.ts';

test('announces what is written down at once, and what is found when it is found', async () => {
  const { subject, targets, deltas, mechanismOf, batch } = discovery();
  const staticGroups = [{ source: 'static/0', labels: {}, targets: [{ __address__: 'here:1' }] }];
  await subject.load([job({ staticGroups, discoveries: [files('a')] })]);
  assert.deepEqual(addresses(targets), ['node here:1']);
  mechanismOf(files('a')).change('g', 'found:1');
  mechanismOf(files('a')).change('h', 'more:1');
  await batch();
  assert.deepEqual(deltas, [['+here:1'], ['+found:1', '+more:1']]);
  mechanismOf(files('a')).change('g');
  await batch();
  assert.deepEqual(addresses(targets), ['node here:1', 'node more:1']);
});

test('lets jobs that say the same share a mechanism, each with its own rules', async () => {
  const { subject, targets, mechanismOf, batch } = discovery();
  const drop = relabelRuleSchema.parse({ action: 'drop', source_labels: ['__address__'], regex: 'a:.*' });
  await subject.load([
    job({ name: 'all', discoveries: [files('a')] }),
    job({ name: 'few', discoveries: [files('a')], relabelRules: [drop] }),
  ]);
  mechanismOf(files('a')).change('g', 'a:1', 'b:1', 'no host');
  await batch();
  assert.deepEqual(addresses(targets), ['all a:1', 'all b:1', 'few b:1']);
  assert.deepEqual(subject.counts, [
    { job: 'all', dropped: 0, unusable: 1 },
    { job: 'few', dropped: 1, unusable: 1 },
  ]);
  const dropped = [...subject.droppedTargets()].find(({ fault }) => fault === undefined);
  assert.deepEqual([dropped?.job, dropped?.discoveredLabels['__address__']], ['few', 'a:1']);
  assert.equal(dropped?.discoveredLabels['__metrics_path__'], '/metrics');
});

test('reports a target that cannot be scraped once', async () => {
  const { subject, logger, mechanismOf, batch } = discovery();
  await subject.load([job({ discoveries: [files('a')] })]);
  for (let i = 0; i < 2; i += 1) {
    mechanismOf(files('a')).change('g', 'no host');
    await batch();
  }
  assert.deepEqual(logger.lines, ['warn target left out']);
});

test('announces after a reload only what changed, and keeps mechanisms that are still wanted', async () => {
  const { subject, targets, deltas, mechanismOf, batch } = discovery();
  await subject.load([job({ name: 'x', discoveries: [files('a')] }), job({ name: 'y', discoveries: [files('b')] })]);
  const [a, b] = [mechanismOf(files('a')), mechanismOf(files('b'))];
  a.change('g', 'a:1');
  b.change('g', 'b:1');
  await batch();
  deltas.length = 0;
  await subject.load([
    job({ name: 'first', staticGroups: [{ source: 's', labels: {}, targets: [{ __address__: 'c:1' }] }] }),
    job({ name: 'x', discoveries: [files('a')] }),
  ]);
  assert.deepEqual(deltas, [['+c:1', '-']]);
  assert.deepEqual([a.isRunning, b.isRunning, mechanismOf(files('a')) === a], [true, false, true]);
  // Rules that changed are applied to what was found before.
  const rule = relabelRuleSchema.parse({ target_label: 'job', replacement: 'z' });
  await subject.load([job({ name: 'x', discoveries: [files('a')], relabelRules: [rule] })]);
  assert.deepEqual(addresses(targets), ['z a:1']);
});

test('changes nothing when a mechanism cannot be made', async () => {
  const { subject, targets, mechanismOf, batch } = discovery();
  await subject.load([job({ discoveries: [files('a')] })]);
  mechanismOf(files('a')).change('g', 'a:1');
  await batch();
  await assert.rejects(subject.load([job({ discoveries: [files('bad')] })]), /cannot be used/);
  assert.deepEqual([addresses(targets), mechanismOf(files('a')).isRunning], [['node a:1'], true]);
});

test('is ready when every mechanism has found what there was', async () => {
  const { subject, mechanismOf, batch } = discovery();
  let isReady = false;
  void subject.ready.then(() => (isReady = true));
  // A mechanism that is made has not synced before it is told to start.
  const late = files('a');
  const loading = subject.load([job({ discoveries: [late] })]);
  await new Promise(setImmediate);
  mechanismOf(late).hasSynced = false;
  await loading;
  mechanismOf(late).change('g', 'a:1');
  await batch();
  mechanismOf(late).hasSynced = true;
  mechanismOf(late).change('h', 'b:1');
  await batch();
  await subject.ready;
  assert.equal(isReady, true);
});

// A mechanism tells of a change only after there was none: what had changed beside a fault of ours would have waited for ever.
test('goes on after a fault with what else has changed', { timeout: 10_000 }, async () => {
  const { subject, targets, logger, clock, mechanismOf, batch } = discovery();
  await subject.load([job({ discoveries: [files('a')] })]);
  const mechanism = mechanismOf(files('a'));
  const takeChanges = mechanism.takeChanges.bind(mechanism);
  mechanism.takeChanges = () => {
    mechanism.takeChanges = takeChanges;
    throw new Error('a fault of ours');
  };
  mechanism.change('g', 'a:1');
  clock.advance(250);
  while (logger.lines.length === 0) await new Promise(setImmediate);
  assert.deepEqual([logger.lines, addresses(targets)], [['error discovery failed'], []]);
  await batch();
  assert.deepEqual(addresses(targets), ['node a:1']);
});

test('makes thousands of groups without keeping others waiting', async () => {
  const { subject, targets, mechanismOf, batch, deltas } = discovery();
  await subject.load([job({ discoveries: [files('a')] })]);
  for (let i = 0; i < 2_000; i += 1) mechanismOf(files('a')).change(`g${i}`, `h${i}:1`);
  await batch();
  assert.equal(targets.size, 2_000);
  assert.ok(deltas.length >= 10);
});

// A job whose targets changed faster than they could be made kept those of all others from being told, for as long as it lasted.
test('tells what others find while one mechanism changes without end', async () => {
  const { subject, targets, clock, mechanismOf } = discovery();
  await subject.load([
    job({ name: 'x', discoveries: [files('busy')] }),
    job({ name: 'y', discoveries: [files('calm')] }),
  ]);
  const [busy, calm] = [mechanismOf(files('busy')), mechanismOf(files('calm'))];
  let takes = 0;
  busy.takeChanges = function* takeChanges() {
    yield;
    takes += 1;
    clock.advance(10);
    return takes > 10_000 ? [] : [{ source: 'g', labels: {}, targets: [{ __address__: `busy:${takes}` }] }];
  };
  busy.change('g', 'busy:1');
  calm.change('h', 'calm:1');
  clock.advance(250);
  while (!addresses(targets).includes('y calm:1')) await new Promise(setImmediate);
  assert.ok(takes < 200, `after ${takes} changes of the other`);
  subject.stop();
});

// It was made and announced again for as long as a turn takes, and then in the next one: an agent took a whole core for two hundred pods.
test('makes a group that changes all the time twice in a turn at most', async () => {
  const { subject, batch, mechanismOf } = discovery();
  await subject.load([job({ discoveries: [files('a')] })]);
  const mechanism = mechanismOf(files('a'));
  let takes = 0;
  mechanism.takeChanges = function* takeChanges() {
    yield;
    takes += 1;
    return takes > 1_000 ? [] : [{ source: 'g', labels: {}, targets: [{ __address__: `h:${takes}` }] }];
  };
  mechanism.change('g', 'h:1');
  await batch();
  assert.equal(takes, 2);
  await batch();
  assert.equal(takes, 4);
  subject.stop();
});

// With changes that never end it never was, and an agent connected after ten seconds only.
test('is ready when all that there was at first has been told, though there is always more', async () => {
  const { subject, batch, mechanismOf } = discovery();
  await subject.load([job({ discoveries: [files('a')] })]);
  const mechanism = mechanismOf(files('a'));
  let takes = 0;
  mechanism.takeChanges = function* takeChanges() {
    yield;
    takes += 1;
    return [{ source: 'g', labels: {}, targets: [{ __address__: `h:${takes}` }] }];
  };
  const { status } = mechanism;
  Object.defineProperty(mechanism, 'status', { get: () => ({ ...status, hasGivenFirst: takes > 2 }) });
  let isReady = false;
  void subject.ready.then(() => (isReady = true));
  mechanism.change('g', 'h:1');
  await batch();
  await new Promise(setImmediate);
  assert.equal(isReady, false);
  await batch();
  await subject.ready;
  subject.stop();
});

test('stops its mechanisms, and tells nothing more', async () => {
  const { subject, deltas, mechanismOf } = discovery();
  await subject.load([job({ discoveries: [files('a')] })]);
  const mechanism = mechanismOf(files('a'));
  subject.stop();
  subject.stop();
  assert.equal(mechanism.isRunning, false);
  await subject.load([job({ staticGroups: [{ source: 's', labels: {}, targets: [{ __address__: 'c:1' }] }] })]);
  assert.deepEqual(deltas, []);
});
