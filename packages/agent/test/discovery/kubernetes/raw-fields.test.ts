import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  rawBoolean,
  rawField,
  rawLabels,
  rawList,
  rawNumber,
  rawOptionalText,
  rawText,
} from '../../../src/discovery/kubernetes/raw-fields.ts';

const odd: readonly unknown[] = [undefined, null, 7, 'text', true, [], {}, { a: null }, { a: 7n }, { a: { b: [] } }];

test('takes whatever is missing or odd for empty', () => {
  for (const value of odd) {
    assert.equal(rawField(value, 'a', 'b', 'c'), undefined);
    assert.equal(rawText(value, 'a', 'b'), '');
    assert.equal(rawOptionalText(value, 'a', 'b'), undefined);
    assert.equal(rawNumber(value, 'a'), undefined);
    assert.equal(rawBoolean(value, 'a'), undefined);
    assert.deepEqual(rawList(value, 'a', 'b'), []);
    assert.deepEqual(rawLabels(value, 'a', 'b'), {});
  }
});

test('finds what every object inherits in none', () => {
  assert.equal(rawField({}, 'constructor', 'name'), undefined);
  assert.equal(rawField([1, 2], 'length'), 2);
});

test('tells an empty text from none', () => {
  assert.equal(rawOptionalText({ a: '' }, 'a'), '');
  assert.equal(rawOptionalText({}, 'a'), undefined);
});

test('reads whole numbers that are not negative', () => {
  assert.equal(rawNumber({ a: 0 }, 'a'), 0);
  for (const a of [-1, 1.5, '1', Infinity]) assert.equal(rawNumber({ a }, 'a'), undefined);
});

test('leaves labels out that are no texts', () => {
  assert.deepEqual(rawLabels({ labels: { a: '1', b: 2, c: null, d: '' } }, 'labels'), { a: '1', d: '' });
});
