import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { WarmUp } from '../../src/fleet/warm-up.ts';

function warmUp(quietMs = 10_000, maxMs = 60_000): { clock: SimulatedClock; warmUp: WarmUp } {
  const clock = new SimulatedClock();
  return { clock, warmUp: new WarmUp({ quietMs, maxMs }, () => clock.now()) };
}

test('is over when no new agent has come for the quiet time', () => {
  const { clock, warmUp: fleet } = warmUp();
  fleet.newAgent();
  clock.advance(9_000);
  fleet.newAgent();
  clock.advance(9_000);
  assert.equal(fleet.leftMs, 1_000);
  clock.advance(1_000);
  assert.equal(fleet.leftMs, 0);
});

test('is over after the longest time even though agents keep coming', () => {
  const { clock, warmUp: fleet } = warmUp();
  for (let second = 0; second < 60; second += 1) {
    fleet.newAgent();
    assert.ok(fleet.leftMs > 0);
    clock.advance(1_000);
  }
  assert.equal(fleet.leftMs, 0);
});

test('waits for the longest time when no agent has come at all: after an outage agents are up to 30 s late', () => {
  const { clock, warmUp: fleet } = warmUp();
  clock.advance(59_000);
  assert.equal(fleet.leftMs, 1_000);
  clock.advance(1_000);
  assert.equal(fleet.leftMs, 0);
});

test('stays over when further agents come', () => {
  const { clock, warmUp: fleet } = warmUp();
  clock.advance(60_000);
  assert.equal(fleet.leftMs, 0);
  fleet.newAgent();
  assert.equal(fleet.leftMs, 0);
});

test('is turned off by a quiet time of 0', () => {
  assert.equal(warmUp(0).warmUp.leftMs, 0);
});
