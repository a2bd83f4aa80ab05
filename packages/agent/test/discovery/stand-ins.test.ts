import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, discovery, files } from '../support/discovery-scene.ts';
import { job } from '../support/targets.ts';

/** A job whose mechanism `a` found something, reloaded with another, which has no answer. */
async function reloadedWithoutAnswer() {
  const scene = discovery();
  const { subject, clock, mechanismOf, batch } = scene;
  await subject.load([job({ discoveries: [files('a')] })]);
  mechanismOf(files('a')).change('g', 'g:1');
  mechanismOf(files('a')).change('h', 'h:1');
  await batch();
  const reloading = subject.load([job({ discoveries: [files('silent')] })]);
  await new Promise(setImmediate);
  clock.advance(5_000);
  await reloading;
  return { ...scene, a: mechanismOf(files('a')), b: mechanismOf(files('silent')) };
}

// A selector that was changed while the API server was away took all targets of the job away, until it was back.
test('keeps what was found before a reload until the new mechanism has an answer', async () => {
  const { subject, targets, batch, a, b, logger } = await reloadedWithoutAnswer();
  assert.deepEqual([addresses(targets), a.isRunning], [['node g:1', 'node h:1'], true]);
  assert.deepEqual(logger.lines, ['warn discovery has no answer yet; what it found before the reload stays']);
  // It is asked for pods only: its groups would compete with those of the new one.
  a.change('i', 'i:1');
  await batch();
  assert.deepEqual(addresses(targets), ['node g:1', 'node h:1']);
  b.hasSynced = true;
  b.change('g', 'new:1');
  await batch();
  assert.deepEqual([addresses(targets), a.isRunning, b.isRunning], [['node new:1'], false, true]);
  subject.stop();
});

test('withdraws what was found before when the answer is that there is nothing', async () => {
  const { targets, batch, a, b } = await reloadedWithoutAnswer();
  b.hasSynced = true;
  b.say();
  await batch();
  assert.deepEqual([addresses(targets), a.isRunning], [[], false]);
});

test('takes up the old mechanism again when the reload is undone', async () => {
  const { subject, targets, a, b } = await reloadedWithoutAnswer();
  a.change('g', 'g:2');
  await subject.load([job({ discoveries: [files('a')] })]);
  assert.deepEqual([addresses(targets), a.isRunning, b.isRunning], [['node g:1', 'node h:1'], true, false]);
});

test('withdraws what was found before for a job that is there no longer, and what was written down', async () => {
  const { subject, targets, clock, a, b } = await reloadedWithoutAnswer();
  const staticGroups = [{ source: 's', labels: {}, targets: [{ __address__: 'written:1' }] }];
  const load = async (...jobs: Parameters<typeof subject.load>[0]): Promise<void> => {
    const loading = subject.load(jobs);
    await new Promise(setImmediate);
    clock.advance(5_000);
    await loading;
  };
  await load(job({ discoveries: [files('silent')], staticGroups }));
  assert.deepEqual(addresses(targets), ['node g:1', 'node h:1', 'node written:1']);
  await load(job({ discoveries: [files('silent')] }));
  assert.deepEqual(addresses(targets), ['node g:1', 'node h:1']);
  await load(job({ name: 'other', discoveries: [files('silent')] }));
  assert.deepEqual([addresses(targets), a.isRunning, b.isRunning], [[], false, true]);
});
