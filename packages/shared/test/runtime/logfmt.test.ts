import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLogfmt } from '@pullway/shared/runtime/logfmt';

const VALUES: readonly (readonly [unknown, string])[] = [
  ['plain', 'plain'],
  ['127.0.0.1:8080', '127.0.0.1:8080'],
  ['two words', '"two words"'],
  ['', '""'],
  ['a=b', '"a=b"'],
  ['say "x"', String.raw`"say \"x\""`],
  ['back\\slash', String.raw`"back\\slash"`],
  ['line\nfeed', String.raw`"line\nfeed"`],
  ['bell\u0007', String.raw`"bell\u0007"`],
  ['Zürich', 'Zürich'],
  [7, '7'],
  [1.5, '1.5'],
  [true, 'true'],
  [null, 'null'],
  [['a', 'b'], String.raw`"[\"a\",\"b\"]"`],
];

test('a value is quoted when it would be read as something else', () => {
  for (const [value, wanted] of VALUES) assert.equal(formatLogfmt({ key: value }), `key=${wanted}\n`);
});

test('fields keep their order, those without value are left out, keys cannot break the line', () => {
  assert.equal(formatLogfmt({ b: 1, a: undefined, 'c d="e': 2 }), 'b=1 c_d__e=2\n');
});
