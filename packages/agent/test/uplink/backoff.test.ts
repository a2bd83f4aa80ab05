import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../src/uplink/backoff.ts';

test('waits up to twice as long after each failure, from half a second to half a minute', () => {
  const backoff = new Backoff(() => 0.999_999);
  const waits = Array.from({ length: 9 }, () => Math.round(backoff.afterFailure()));
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('spreads each wait over all of its span, so that a fleet does not return at once', () => {
  const chances = [0, 0.5, 0.25];
  const backoff = new Backoff(() => chances.shift() ?? 0);
  assert.deepEqual([backoff.afterFailure(), backoff.afterFailure(), backoff.afterFailure()], [0, 500, 500]);
});

test('begins anew after a reset', () => {
  const backoff = new Backoff(() => 1);
  backoff.afterFailure();
  backoff.afterFailure();
  backoff.reset();
  assert.equal(backoff.afterFailure(), 500);
});

test('stays bounded after a thousand failures', () => {
  const backoff = new Backoff(() => 1);
  for (let i = 0; i < 2_000; i += 1) backoff.afterFailure();
  assert.equal(backoff.afterFailure(), 30_000);
});

test('waits about a minute for an operator', () => {
  assert.deepEqual([new Backoff(() => 0).afterRefusal(), new Backoff(() => 0.5).afterRefusal()], [54_000, 60_000]);
});
