import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { firstWindowBytes, GrowthBudget, ReceiveWindow, SendCredit } from '@pullway/shared/protocol/credit';
import { FIRST_WINDOW_BYTES, GROWTH_BUDGET_BYTES, MAX_WINDOW_BYTES } from '@pullway/shared/protocol/limits';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';

const SEED = 20_261_124;
const KIB = 1024;

test('first windows of a tunnel together stay within 64 MiB', () => {
  assert.deepEqual(
    [1, 256, 257, 512, 4096].map((exchanges) => firstWindowBytes(exchanges)),
    [256 * KIB, 256 * KIB, 261_123, 128 * KIB, 16 * KIB],
  );
});

test('grants nothing until half a window was read, then all that was read', () => {
  const window = new ReceiveWindow(1000, new GrowthBudget(), 0);
  window.received(1000);
  assert.equal(window.consumed(499, 1e6, 10), 0);
  assert.equal(window.consumed(1, 1e6, 10), 500);
  assert.equal(window.consumed(500, 2e6, 10), 500);
  assert.equal(window.size, 1000);
});

test('refuses one byte more than was granted', () => {
  const window = new ReceiveWindow(1000, new GrowthBudget(), 0);
  window.received(1000);
  assert.throws(() => window.received(1), ProtocolError);
});

test('doubles when half of it goes by in less than two round trips', () => {
  const window = new ReceiveWindow(1000, new GrowthBudget(), 0);
  window.received(500);
  assert.equal(window.consumed(500, 19, 10), 1500);
  assert.equal(window.size, 2000);
});

test('does not grow for a slow reader, nor before the round trip is known', () => {
  const slow = new ReceiveWindow(1000, new GrowthBudget(), 0);
  assert.equal(slow.consumed(500, 20, 10), 500);
  const unknown = new ReceiveWindow(1000, new GrowthBudget(), 0);
  assert.equal(unknown.consumed(500, 1, undefined), 500);
});

test('grows to the largest window and no further', () => {
  const window = new ReceiveWindow(FIRST_WINDOW_BYTES, new GrowthBudget(), 0);
  for (let i = 0; i < 40; i += 1) {
    const half = Math.ceil(window.size / 2);
    window.received(half);
    window.consumed(half, 0, 200);
  }
  assert.equal(window.size, MAX_WINDOW_BYTES);
});

// A window that grew beyond the distance put megabytes into the buffers of the kernel, and small scrapes waited behind them.
test('grows no further than 1 Gbit/s over the round trip', () => {
  const window = new ReceiveWindow(FIRST_WINDOW_BYTES, new GrowthBudget(), 0);
  for (let i = 0; i < 40; i += 1) {
    const half = Math.ceil(window.size / 2);
    window.received(half);
    window.consumed(half, 0, i < 20 ? 1 : 4);
    assert.equal(window.size >= 500_000, i >= 20);
  }
  assert.equal(window.size, 500_000);
});

test('all windows of a tunnel together grow by the budget, which is whole again in the end', () => {
  const budget = new GrowthBudget();
  const windows = [1, 2, 3].map(() => new ReceiveWindow(FIRST_WINDOW_BYTES, budget, 0));
  for (let i = 0; i < 40; i += 1) {
    for (const window of windows) {
      const half = Math.ceil(window.size / 2);
      window.received(half);
      window.consumed(half, 0, 200);
    }
  }
  const grown = windows.reduce((sum, window) => sum + window.size - FIRST_WINDOW_BYTES, 0);
  assert.equal(grown, GROWTH_BUDGET_BYTES);
  assert.equal(budget.left, 0);
  for (const window of windows) window.close();
  for (const window of windows) window.close();
  assert.equal(budget.left, GROWTH_BUDGET_BYTES);
});

test('a peer cannot grant more than any window can hold', () => {
  assert.throws(() => new SendCredit(2 ** 31 + 1), ProtocolError);
  const credit = new SendCredit(2 ** 31);
  assert.throws(() => credit.grant(1), ProtocolError);
});

type Step = readonly ['send' | 'read' | 'deliver' | 'wait', number];

test('credit is never negative nor beyond the window, and a sender is never stuck once all was read', () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom('send' as const, 'read' as const, 'deliver' as const, 'wait' as const), fc.nat(3000)),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), steps, (first, schedule: readonly Step[]) => {
      const budget = new GrowthBudget();
      const window = new ReceiveWindow(first, budget, 0);
      const credit = new SendCredit(first);
      let now = 0;
      let unread = 0;
      let inFlight = 0;
      const read = (bytes: number): void => {
        unread -= bytes;
        inFlight += window.consumed(bytes, now, 5);
      };
      for (const [step, amount] of schedule) {
        const bytes = step === 'send' ? Math.min(amount, credit.available) : Math.min(amount, unread);
        if (step === 'wait') now += amount;
        if (step === 'read') read(bytes);
        if (step === 'deliver') {
          credit.grant(inFlight);
          inFlight = 0;
        }
        if (step === 'send') {
          credit.spend(bytes);
          window.received(bytes);
          unread += bytes;
        }
        assert.ok(credit.available >= 0);
        assert.ok(credit.available + inFlight + unread <= window.size);
        assert.equal(budget.left, GROWTH_BUDGET_BYTES - (window.size - first));
      }
      read(unread);
      assert.ok(credit.available + inFlight > 0, 'a sender waits for credit that never comes');
      window.close();
      assert.equal(budget.left, GROWTH_BUDGET_BYTES);
    }),
    { seed: SEED, numRuns: 3000 },
  );
});
