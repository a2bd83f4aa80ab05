import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@pullway/shared/runtime/clock';
import { SimulatedClock } from '../support/simulated-clock.ts';

test('the clock of the system never goes back, and fires timers once or again and again', async () => {
  const before = systemClock.now();
  const ticked = Promise.withResolvers<void>();
  let ticks = 0;
  const every = systemClock.every(1, () => {
    ticks += 1;
    if (ticks === 2) ticked.resolve();
  });
  // A repeated timer keeps no process alive; a single one does.
  const guard = systemClock.after(60_000, () => ticked.reject(new Error('no tick within a minute')));
  await ticked.promise;
  guard.cancel();
  every.cancel();
  every.cancel();
  assert.ok(systemClock.now() > before);
});

test('a delay of more than 31 bits does not fire at once', async () => {
  let hasFired = false;
  const timer = systemClock.after(2 ** 40, () => (hasFired = true));
  await new Promise<void>((resolve) => systemClock.after(5, resolve));
  timer.cancel();
  assert.equal(hasFired, false);
});

test('a simulated clock fires in the order of times, with what was started on the way', () => {
  const clock = new SimulatedClock(100);
  const fired: string[] = [];
  const note = (name: string) => (): void => void fired.push(`${name}@${clock.now()}`);
  clock.after(20, note('late'));
  clock.after(10, () => {
    note('first')();
    clock.after(5, note('nested'));
  });
  const every = clock.every(8, note('every'));
  clock.after(12, note('cancelled')).cancel();
  clock.advance(20);
  assert.deepEqual(fired, ['every@108', 'first@110', 'nested@115', 'every@116', 'late@120']);
  every.cancel();
  assert.equal(clock.pending, 0);
});
