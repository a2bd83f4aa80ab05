import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcedBytes, answerFields, answerReason } from '../../src/scrape/answer-fields.ts';

test('passes the fields of an exporter in their order and case, byte for byte', () => {
  const raw = ['Content-Type', 'text/plain', 'x-note', 'caf\u00e9'].map((part) => Buffer.from(part, 'latin1'));
  assert.deepEqual(answerFields(raw), ['Content-Type', 'text/plain', 'x-note', 'caf\u00e9']);
});

test('takes fields that are text already', () => {
  assert.deepEqual(answerFields(['X-Note', 'a', Buffer.from('X-Other'), 'b']), ['X-Note', 'a', 'X-Other', 'b']);
});

test('keeps to itself what belongs to its own connection with the exporter', () => {
  const raw = ['Connection', 'close, X-Hop', 'X-Hop', '1', 'Transfer-Encoding', 'chunked', 'Date', 'today'];
  assert.deepEqual(answerFields(raw), ['Date', 'today']);
});

const REASONS = [
  [undefined, ''],
  ['', ''],
  ['OK', 'OK'],
  ['Not\tFound ~', 'Not\tFound ~'],
  ['caf\u00e9\u0000\u007f', 'caf???'],
  ['two\r\nlines', 'two??lines'],
  ['x'.repeat(2000), 'x'.repeat(1024)],
] as const;

for (const [given, said] of REASONS) {
  test(`an exporter's reason ${JSON.stringify(given)?.slice(0, 30)} passes as a status line can hold it`, () => {
    assert.equal(answerReason(given), said);
  });
}

const LENGTHS = [
  [[], 0],
  [['Content-Type', 'text/plain'], 0],
  [['Content-Length', '42'], 42],
  [['X-Note', 'a', 'CONTENT-LENGTH', '42'], 42],
  [['X-Note', 'content-length', 'X-Other', '42'], 0],
  [['Content-Length', ''], 0],
  [['Content-Length', 'many'], 0],
] as const;

for (const [fields, bytes] of LENGTHS) {
  test(`the fields ${JSON.stringify(fields)} announce ${bytes} bytes`, () => {
    assert.equal(announcedBytes(fields), bytes);
  });
}
