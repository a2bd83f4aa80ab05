import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListReader, type ListEnd } from '../../../src/discovery/kubernetes/list-reader.ts';
import { rawText } from '../../../src/discovery/kubernetes/raw-fields.ts';
import { readTranscript } from '../../support/transcripts.ts';

const LIST = {
  kind: 'PodList',
  metadata: { resourceVersion: '7', continue: 'a"b' },
  items: [
    { metadata: { name: 'plain' } },
    { metadata: { name: '}{][",\\' }, spec: { containers: [{ ports: [[], [{}]] }], 'é[': '😀' } },
    {},
  ],
  after: { items: [1, { a: [] }], text: ']' },
};

function read(chunks: readonly Buffer[]): { items: unknown[]; end: ListEnd } {
  const items: unknown[] = [];
  const reader = new ListReader((item) => items.push(item));
  for (const chunk of chunks) reader.push(chunk);
  return { items, end: reader.end() };
}

function malformed(message: RegExp) {
  return { name: 'ApiError', code: 'malformed', message };
}

for (const [name, indent] of [
  ['compact', undefined],
  ['indented', 2],
] as const) {
  test(`reads a list that is ${name}, cut anywhere`, () => {
    const bytes = Buffer.from(JSON.stringify(LIST, undefined, indent));
    for (let at = 0; at <= bytes.length; at += 1) {
      const { items, end } = read([bytes.subarray(0, at), bytes.subarray(at)]);
      assert.deepEqual(items, LIST.items);
      assert.deepEqual(end, { resourceVersion: '7', continueToken: 'a"b' });
    }
    const single = read([...bytes].map((byte) => Buffer.of(byte)));
    assert.deepEqual(single.items, LIST.items);
  });

  test(`refuses a list that is ${name} and not whole`, () => {
    const bytes = Buffer.from(JSON.stringify(LIST, undefined, indent));
    for (let length = 0; length < bytes.length; length += 1) {
      assert.throws(() => read([bytes.subarray(0, length)]), malformed(/not whole/));
    }
  });
}

test('reads the pages of a real API server', () => {
  const first = read([readTranscript('list-page-1').body]);
  assert.deepEqual(
    first.items.map((item) => rawText(item, 'metadata', 'name')),
    ['n0.example.test', 'n1.example.test', 'n2.example.test', 'n3.example.test'],
  );
  assert.equal(first.end.resourceVersion, '561');
  assert.ok(first.end.continueToken.startsWith('eyJ2Ijoi'));
  const second = read([readTranscript('list-page-2').body]);
  assert.equal(rawText(second.items[0], 'metadata', 'name'), 'n4.example.test');
});

test('reads lists without items', () => {
  for (const items of ['null', '[]', '[ ]']) {
    const list = `{"metadata":{"resourceVersion":"3"},"items":${items}}`;
    assert.deepEqual(read([Buffer.from(list)]), { items: [], end: { resourceVersion: '3', continueToken: '' } });
  }
});

test('refuses a list without a resourceVersion', () => {
  assert.throws(() => read([Buffer.from('{"items":[]}')]), malformed(/no resourceVersion/));
});

test('bounds what it keeps of an item and of the rest', () => {
  const filler = Buffer.alloc(1024 * 1024, 'x');
  const reader = new ListReader(() => undefined);
  reader.push(Buffer.from('{"items":[{"a":"'));
  for (let i = 0; i < 7; i += 1) reader.push(filler);
  assert.throws(() => reader.push(filler), malformed(/an object is larger than/));
  assert.throws(() => new ListReader(() => undefined).push(filler), malformed(/list without its items is larger/));
});
