import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause } from '../../src/runtime/pause.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

test('ends after its time, and leaves no timer', async () => {
  const clock = new SimulatedClock();
  const pausing = pause(clock, 1_000, new AbortController().signal);
  clock.advance(1_000);
  await pausing;
  assert.equal(clock.pending, 0);
});

test('ends when it is cut short, before or after it began', async () => {
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const pausing = pause(clock, 1_000, stop.signal);
  stop.abort();
  await pausing;
  await pause(clock, 1_000, stop.signal);
  assert.equal(clock.pending, 0);
});
