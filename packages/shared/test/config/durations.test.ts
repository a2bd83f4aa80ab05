import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from '@pullway/shared/config/durations';

const DURATIONS: readonly (readonly [string, number | undefined])[] = [
  ['0', 0],
  ['0s', 0],
  ['500ms', 500],
  ['9s', 9_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
  ['1w', 604_800_000],
  ['1y', 31_536_000_000],
  ['1y1w1d1h1m1s1ms', 31_536_000_000 + 604_800_000 + 86_400_000 + 3_600_000 + 60_000 + 1_001],
  ['3w2d1h', 3 * 604_800_000 + 2 * 86_400_000 + 3_600_000],
  ['90m', 5_400_000],
  ['', undefined],
  ['1', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['+1s', undefined],
  ['1s1m', undefined],
  ['1m1m', undefined],
  ['1h 30m', undefined],
  [' 1h', undefined],
  ['1H', undefined],
  ['1us', undefined],
  ['s', undefined],
  [`${'9'.repeat(30)}y`, undefined],
];

test('durations follow the grammar of Prometheus', () => {
  for (const [text, wanted] of DURATIONS) assert.equal(parseDuration(text), wanted, JSON.stringify(text));
});

const TEXTS: readonly (readonly [number, string])[] = [
  [0, '0s'],
  [1, '1ms'],
  [9_500, '9s500ms'],
  [60_000, '1m'],
  [5_400_000, '1h30m'],
  [90 * 86_400_000, '90d'],
];

test('a duration is written with the largest units up to days, and parses to itself', () => {
  for (const [milliseconds, text] of TEXTS) {
    assert.equal(formatDuration(milliseconds), text);
    assert.equal(parseDuration(text), milliseconds);
  }
});
