import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyLength } from '../../src/scrape/body-length.ts';

interface Body {
  readonly what: string;
  readonly method?: 'GET' | 'HEAD';
  readonly status?: number;
  readonly headers?: readonly string[];
  /** Bytes of the parts; the last one ends the body. */
  readonly parts: readonly number[];
  readonly verdicts: readonly boolean[];
}

const TEN = ['Content-Length', '10'];

const BODIES: readonly Body[] = [
  { what: 'one without Content-Length, of any length', parts: [5, 0, 7], verdicts: [true, true, true] },
  { what: 'one of exactly its length', headers: TEN, parts: [4, 6], verdicts: [true, true] },
  { what: 'one whose last part is empty', headers: TEN, parts: [10, 0], verdicts: [true, true] },
  { what: 'one that ends too soon', headers: TEN, parts: [4, 5], verdicts: [true, false] },
  { what: 'one that is empty and should not be', headers: TEN, parts: [0], verdicts: [false] },
  { what: 'one that is longer, as soon as it is', headers: TEN, parts: [10, 1, 0], verdicts: [true, false, false] },
  { what: 'an empty one', headers: ['content-length', '0'], parts: [0], verdicts: [true] },
  { what: 'one with the same length twice', headers: [...TEN, 'CONTENT-LENGTH', '10'], parts: [10], verdicts: [true] },
  { what: 'an answer to HEAD, whose length is another', method: 'HEAD', headers: TEN, parts: [0], verdicts: [true] },
  { what: 'an answer to HEAD with a body', method: 'HEAD', headers: TEN, parts: [10], verdicts: [false] },
  { what: 'a 204 with a body', status: 204, parts: [1], verdicts: [false] },
  { what: 'a 304, whose length is another', status: 304, headers: TEN, parts: [0], verdicts: [true] },
  { what: 'a 304 with a body', status: 304, headers: TEN, parts: [10], verdicts: [false] },
  {
    what: 'a length only in the value of a field',
    headers: ['X-Note', 'content-length'],
    parts: [3],
    verdicts: [true],
  },
];

for (const { what, method = 'GET', status = 200, headers = [], parts, verdicts } of BODIES) {
  test(`judges ${what}: ${verdicts.join(', ')}`, () => {
    const length = new BodyLength({ status, reason: '', headers }, method);
    const judged = parts.map((bytes, at) => length.accept(bytes, at === parts.length - 1));
    assert.deepEqual(judged, verdicts);
    assert.equal(
      length.received,
      parts.reduce((sum, bytes) => sum + bytes, 0),
    );
  });
}

for (const values of [['ten'], ['-1'], ['+1'], ['1.5'], [''], ['1, 1'], ['0x10'], ['1'.repeat(16)], ['10', '11']]) {
  test(`refuses a Content-Length of ${JSON.stringify(values)}`, () => {
    const headers = values.flatMap((value) => ['Content-Length', value]);
    assert.throws(() => new BodyLength({ status: 200, reason: '', headers }, 'GET'), RangeError);
  });
}
