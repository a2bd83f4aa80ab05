import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finish, mapInUnits, Pace, type Work } from '../../src/runtime/pace.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

/** Work of so many units, a millisecond each. */
function* units(count: number, clock: SimulatedClock, done: number[]): Work<string> {
  for (let unit = 1; unit <= count; unit += 1) {
    clock.advance(1);
    done.push(unit);
    yield;
  }
  return 'the end';
}

test('does work in slices of time, with a turn for others after each', async () => {
  const clock = new SimulatedClock();
  const done: number[] = [];
  const seen = new Set<number>();
  const look = (): void => {
    seen.add(done.length);
    if (done.length < 20) setImmediate(look);
  };
  look();
  assert.equal(await new Pace(clock, 5).run(units(20, clock, done)), 'the end');
  const holds = [...seen].map((count, index, counts) => count - (counts[index - 1] ?? 0));
  assert.ok(holds.length >= 4 && Math.max(...holds) <= 6, `units between turns: ${holds.join()}`);
});

test('lets others in between the slices of several, too: ten lists compared at once held scrapes up for ten slices', async () => {
  const clock = new SimulatedClock();
  const done: number[] = [];
  const counts: number[] = [];
  const look = (): void => {
    counts.push(done.length);
    if (done.length < 200) setImmediate(look);
  };
  look();
  await Promise.all(Array.from({ length: 10 }, () => new Pace(clock, 5).run(units(20, clock, done))));
  const holds = counts.slice(2).map((count, index) => count - (counts[index + 1] ?? 0));
  assert.ok(Math.max(...holds) <= 7, `units between turns: ${holds.join()}`);
});

test('leaves work where it is when it is told to stop', async () => {
  const clock = new SimulatedClock();
  const done: number[] = [];
  const stopping = new AbortController();
  const running = new Pace(clock, 5).run(units(20, clock, done), stopping.signal);
  stopping.abort();
  assert.equal(await running, undefined);
  assert.equal(done.length, 1);
});

test('does all of it at once where nobody waits', () => {
  const done: number[] = [];
  assert.equal(finish(units(3, new SimulatedClock(), done)), 'the end');
  assert.deepEqual(done, [1, 2, 3]);
  assert.deepEqual(finish(mapInUnits([1, 2], (item) => item * 2)), [2, 4]);
});
