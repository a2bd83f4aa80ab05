import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keepalive } from '@pullway/shared/protocol/keepalive';
import { DEAD_AFTER_MS, PING_AFTER_MS } from '@pullway/shared/protocol/limits';

test('asks once after a silence, and takes the peer for dead after a longer one', () => {
  const keepalive = new Keepalive(0);
  assert.equal(keepalive.check(PING_AFTER_MS - 1), 'alive');
  assert.equal(keepalive.check(PING_AFTER_MS), 'ask');
  keepalive.asked(PING_AFTER_MS);
  assert.equal(keepalive.check(PING_AFTER_MS + 1), 'alive');
  assert.equal(keepalive.check(DEAD_AFTER_MS - 1), 'alive');
  assert.equal(keepalive.check(DEAD_AFTER_MS), 'dead');
});

test('anything received ends the silence', () => {
  const keepalive = new Keepalive(0);
  keepalive.asked(PING_AFTER_MS);
  keepalive.received(20_000);
  assert.equal(keepalive.check(DEAD_AFTER_MS), 'alive');
  assert.equal(keepalive.silentForMs(DEAD_AFTER_MS), 10_000);
  assert.equal(keepalive.check(20_000 + PING_AFTER_MS), 'ask');
});

test('keeps the smallest round trip', () => {
  const keepalive = new Keepalive(0);
  assert.equal(keepalive.minRoundTripMs, undefined);
  for (const [asked, answered] of [
    [0, 50],
    [100, 130],
    [200, 270],
  ] as const) {
    keepalive.answered(keepalive.asked(asked), answered);
  }
  assert.equal(keepalive.minRoundTripMs, 30);
});

// The answer to an earlier question was taken for that to a later one: a round trip of next to nothing, kept for good.
test('a late answer tells no round trip', () => {
  const keepalive = new Keepalive(0);
  const first = keepalive.asked(0);
  const second = keepalive.asked(1000);
  keepalive.answered(first, 1001);
  assert.equal(keepalive.minRoundTripMs, undefined);
  keepalive.answered(second, 1050);
  assert.equal(keepalive.minRoundTripMs, 50);
});

test('answers that nobody asked for tell nothing', () => {
  const keepalive = new Keepalive(0);
  keepalive.answered(0, 5);
  keepalive.answered(1, 5);
  const question = keepalive.asked(10);
  keepalive.answered(question, 20);
  keepalive.answered(question, 20);
  assert.equal(keepalive.minRoundTripMs, 10);
});
