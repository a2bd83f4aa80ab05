import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonPhrase } from '@pullway/shared/http/reason-phrase';

const PHRASES: readonly (readonly [string, string])[] = [
  ['agent client disconnected 42s ago', 'agent client disconnected 42s ago'],
  ['a\r\nSet-Cookie: x', 'a Set-Cookie: x'],
  ['tab\there', 'tab here'],
  ['bell\u0007 nul\u0000 del\u007f', 'bell? nul? del?'],
  ['Zürich', 'Z?rich'],
  ['  padded \n', 'padded'],
  ['', ''],
  ['x'.repeat(300), 'x'.repeat(300)],
  ['x'.repeat(301), `${'x'.repeat(297)}...`],
  ['x'.repeat(1_000_000), `${'x'.repeat(297)}...`],
];

test('a reason phrase is one line of at most 300 printable ASCII characters', () => {
  for (const [text, wanted] of PHRASES) assert.equal(reasonPhrase(text), wanted);
});
