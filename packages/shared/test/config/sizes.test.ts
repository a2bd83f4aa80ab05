import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSize, parseSize } from '@pullway/shared/config/sizes';

const SIZES: readonly (readonly [string, number | undefined])[] = [
  ['0', 0],
  ['1024', 1024],
  ['10B', 10],
  ['64KB', 65_536],
  ['64KiB', 65_536],
  ['512MiB', 536_870_912],
  ['1GB', 1_073_741_824],
  ['1TiB', 1_099_511_627_776],
  ['', undefined],
  ['MiB', undefined],
  ['1iB', undefined],
  ['1K', undefined],
  ['1kb', undefined],
  ['1.5MiB', undefined],
  ['-1MiB', undefined],
  ['1 MiB', undefined],
  ['999999999999999TiB', undefined],
];

test('sizes are powers of 1,024 with either spelling of the unit', () => {
  for (const [text, wanted] of SIZES) assert.equal(parseSize(text), wanted, JSON.stringify(text));
});

test('a size is written in the largest unit that divides it, and parses to itself', () => {
  for (const [bytes, text] of [
    [0, '0B'],
    [1023, '1023B'],
    [65_536, '64KiB'],
    [536_870_912, '512MiB'],
    [1_099_511_627_776, '1TiB'],
  ] as const) {
    assert.equal(formatSize(bytes), text);
    assert.equal(parseSize(text), bytes);
  }
});
