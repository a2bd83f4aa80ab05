import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrapeDeadline } from '../../src/scrape/deadline.ts';

const LIMITS = { defaultTimeoutMs: 15_000, maxTimeoutMs: 300_000 };

const DEADLINES: readonly (readonly [header: string | undefined, deadlineMs: number])[] = [
  ['10', 9_500],
  ['5', 4_500],
  ['60.5', 60_000],
  // Below five seconds the margin is a tenth, so that a short timeout leaves time to scrape at all.
  ['4', 3_600],
  ['0.25', 225],
  ['0.001', 0.9],
  ['300', 299_500],
  // More than is believed.
  ['301', 299_500],
  ['999999999', 299_500],
  // Nonsense counts as absent, and so does no time at all.
  [undefined, 14_500],
  ['', 14_500],
  ['0', 14_500],
  ['0.0009', 14_500],
  ['-1', 14_500],
  ['+1', 14_500],
  ['1e3', 14_500],
  ['0x10', 14_500],
  ['.5', 14_500],
  ['5.', 14_500],
  [' 5', 14_500],
  ['10s', 14_500],
  ['NaN', 14_500],
  ['Infinity', 14_500],
  ['10000000000', 14_500],
];

for (const [header, deadlineMs] of DEADLINES) {
  test(`a scrape timeout of ${JSON.stringify(header)} seconds leaves ${deadlineMs} ms`, () => {
    assert.equal(scrapeDeadline(header, LIMITS), deadlineMs);
  });
}

test('the longest timeout bounds the default too', () => {
  assert.equal(scrapeDeadline(undefined, { defaultTimeoutMs: 15_000, maxTimeoutMs: 2_000 }), 1_800);
});
