import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesGlob } from '../../src/access/glob.ts';

const TABLE: readonly (readonly [string, string, boolean])[] = [
  ['*', '', true],
  ['*', 'anything', true],
  ['', '', true],
  ['', 'x', false],
  ['prod-eu', 'prod-eu', true],
  ['prod-eu', 'prod-eu-1', false],
  ['prod-*', 'prod-', true],
  ['prod-*', 'prod-eu', true],
  ['prod-*', 'test-prod-eu', false],
  ['*-eu', 'prod-eu', true],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'acb', false],
  ['a*b*c', 'abc', true],
  ['ab*ba', 'aba', false],
  ['**', 'x', true],
  ['node.1', 'nodex1', false],
];

for (const [pattern, text, expected] of TABLE) {
  test(`${JSON.stringify(pattern)} ${expected ? 'fits' : 'does not fit'} ${JSON.stringify(text)}`, () => {
    assert.equal(matchesGlob(pattern, text), expected);
  });
}

test('takes time in proportion to the text, however many stars there are', () => {
  assert.equal(matchesGlob(`${'*a'.repeat(60)}b`, 'a'.repeat(5_000)), false);
});
