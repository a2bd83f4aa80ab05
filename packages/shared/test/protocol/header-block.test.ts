import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadError } from '@pullway/shared/protocol/head-error';
import { formatHeaderBlock, parseHeaderBlock } from '@pullway/shared/protocol/header-block';
import { MAX_HEADER_BLOCK_BYTES } from '@pullway/shared/protocol/limits';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';

const good: readonly (readonly [string, readonly string[]])[] = [
  ['no field', []],
  ['one field', ['Accept', 'text/plain']],
  ['an empty value', ['Accept', '']],
  ['empty values only', ['A', '', 'B', '']],
  ['case, order and repetition', ['b', '1', 'A', '2', 'b', '1']],
  ['tabs, blanks and latin1 in a value', ['X', '\ta b\u00e9\u00ff ']],
  ['each character of a token', ["!#$%&'*+-.^_`|~09azAZ", 'x']],
];

for (const [what, fields] of good) {
  test(`carries ${what}`, () => {
    assert.deepEqual(parseHeaderBlock(formatHeaderBlock(fields)), fields);
  });
}

const bad: readonly (readonly [string, string])[] = [
  ['a name without a value', 'Accept'],
  ['an odd number of parts', 'A\n1\nB'],
  ['an empty name', '\nvalue'],
  ['a carriage return in a value', 'A\nx\ry'],
  ['a NUL in a value', 'A\nx\0y'],
  ['DEL in a value', 'A\nx\x7fy'],
  ['a blank in a name', 'A B\n1'],
  ['a colon in a name', 'A:\n1'],
  ['latin1 in a name', '\u00e9\n1'],
  ['a carriage return in a name', 'A\r\n1'],
  ['more bytes than the bound', `A\n${'x'.repeat(MAX_HEADER_BLOCK_BYTES - 1)}`],
];

for (const [what, block] of bad) {
  test(`refuses ${what}`, () => {
    assert.throws(() => parseHeaderBlock(block), ProtocolError);
    const fields = block.split('\n');
    assert.throws(() => formatHeaderBlock(fields), HeadError);
  });
}

test('takes a block of exactly the bound', () => {
  const block = `A\n${'x'.repeat(MAX_HEADER_BLOCK_BYTES - 2)}`;
  assert.equal(formatHeaderBlock(parseHeaderBlock(block)), block);
});

test('refuses to send a value with a line break, which would be read as further fields', () => {
  assert.throws(() => formatHeaderBlock(['A', '1\nB\n2']), HeadError);
  assert.throws(() => formatHeaderBlock(['A\n1\nB', '2']), HeadError);
});

test('goes on to check names after thousands of different ones', () => {
  for (let i = 0; i < 3000; i += 1) parseHeaderBlock(`X-${i}\n1`);
  assert.deepEqual(parseHeaderBlock('X-2999\n1'), ['X-2999', '1']);
  assert.throws(() => parseHeaderBlock('X 2999\n1'), ProtocolError);
});
