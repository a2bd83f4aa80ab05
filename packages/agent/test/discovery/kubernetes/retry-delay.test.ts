import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type ApiErrorCode } from '../../../src/discovery/kubernetes/api-error.ts';
import { retryDelayMs } from '../../../src/discovery/kubernetes/retry-delay.ts';

function bound(code: ApiErrorCode, failures: number): number {
  return retryDelayMs(new ApiError(code, ''), failures, () => 1);
}

test('doubles the bound up to half a minute', () => {
  const bounds = [0, 1, 2, 3, 4, 5, 6, 5_000].map((failures) => bound('unreachable', failures));
  assert.deepEqual(bounds, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('goes up to a minute where only an operator can help', () => {
  for (const code of ['unauthorized', 'forbidden', 'not_found'] as const) assert.equal(bound(code, 9), 60_000);
});

test('adds chance to what the server asks for', () => {
  const fault = new ApiError('throttled', '', { retryAfterMs: 5_000 });
  assert.equal(
    retryDelayMs(fault, 0, () => 0),
    5_000,
  );
  assert.equal(
    retryDelayMs(fault, 0, () => 0.25),
    5_250,
  );
});
