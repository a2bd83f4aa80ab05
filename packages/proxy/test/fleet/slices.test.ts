import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachInSlices, mergeInSlices, runInSlices, sortInSlices } from '../../src/fleet/slices.ts';

const byNumber = (a: number, b: number): number => a - b;

function scrambled(length: number): number[] {
  return Array.from({ length }, (_, index) => (index * 7919) % 10_007);
}

for (const length of [0, 1, 499, 500, 501, 2_345]) {
  test(`sorts ${length} items as a sort in one go does`, async () => {
    const items = scrambled(length);
    assert.deepEqual(await runInSlices(sortInSlices(items, byNumber)), items.toSorted(byNumber));
  });
}

test('merges sorted lists, either of which may be empty', async () => {
  assert.deepEqual(await runInSlices(mergeInSlices([1, 3, 5], [2, 3, 9], byNumber)), [1, 2, 3, 3, 5, 9]);
  assert.deepEqual(await runInSlices(mergeInSlices([], [1], byNumber)), [1]);
  assert.deepEqual(await runInSlices(mergeInSlices([1], [], byNumber)), [1]);
});

test('lets others have a turn in between', async () => {
  const turns: string[] = [];
  const count = (): void => {
    turns.push('turn');
    if (turns.length < 10) setImmediate(count);
  };
  setImmediate(count);
  await runInSlices(eachInSlices(scrambled(10_000), () => {}));
  assert.equal(turns.length, 10);
});
