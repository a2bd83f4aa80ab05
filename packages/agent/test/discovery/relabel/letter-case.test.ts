import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toLowerCase, toUpperCase } from '../../../src/discovery/relabel/letter-case.ts';

// The last sigma of a word became ς, and İ two characters.
test('makes lower case as Go does', () => {
  for (const [text, lower] of [
    ['Prod-EU', 'prod-eu'],
    ['ΟΔΟΣ İ', 'οδοσ i'],
    ['ẞ', 'ß'],
    ['𐐀', '𐐨'],
    ['ᾼ', 'ᾳ'],
    ['', ''],
  ] as const) {
    assert.equal(toLowerCase(text), lower);
  }
});

// A vowel with an iota below stayed as it was.
test('makes upper case as Go does', () => {
  for (const [text, upper] of [
    ['prod-eu', 'PROD-EU'],
    ['ß', 'ß'],
    ['ŉ ǰ ΐ ﬀ', 'ŉ ǰ ΐ ﬀ'],
    ['ᾳ ῃ ῳ', 'ᾼ ῌ ῼ'],
    ['ᾀ ᾗ ᾧ', 'ᾈ ᾟ ᾯ'],
    ['ᾈ ᾼ', 'ᾈ ᾼ'],
    ['ǆ', 'Ǆ'],
    ['𐐨', '𐐀'],
  ] as const) {
    assert.equal(toUpperCase(text), upper);
  }
});
