import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawText } from '../../../src/discovery/kubernetes/raw-fields.ts';
import { WatchReader, type WatchEvent } from '../../../src/discovery/kubernetes/watch-reader.ts';
import { readTranscript } from '../../support/transcripts.ts';

function read(chunks: readonly Buffer[]): readonly WatchEvent[] {
  const events: WatchEvent[] = [];
  const reader = new WatchReader((event) => events.push(event));
  for (const chunk of chunks) reader.push(chunk);
  return events;
}

const SUMMARY = [
  'upserted 562 web-5d4f8c-abcde',
  'upserted 563 temp',
  'upserted 564 temp',
  'upserted 565 temp',
  'deleted 566 temp',
  'bookmark 566',
];

function summary(events: readonly WatchEvent[]): readonly string[] {
  return events.map((event) => {
    const name = event.kind === 'bookmark' ? '' : ` ${rawText(event.object, 'metadata', 'name')}`;
    return `${event.kind} ${event.resourceVersion}${name}`;
  });
}

test('reads the events of a real API server, however they are cut', () => {
  const { body } = readTranscript('watch-pods');
  assert.deepEqual(summary(read([body])), SUMMARY);
  for (const size of [1, 7, 100, 4_096]) {
    const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, i) =>
      body.subarray(i * size, (i + 1) * size),
    );
    assert.deepEqual(summary(read(chunks)), SUMMARY);
  }
});

test('waits for the rest of an event', () => {
  const { body } = readTranscript('watch-pods');
  assert.deepEqual(summary(read([body.subarray(0, -1)])), SUMMARY.slice(0, -1));
});

test('knows an expired version under status 200', () => {
  assert.throws(() => read([readTranscript('watch-expired').body]), {
    name: 'ApiError',
    code: 'expired',
    status: 410,
    message: 'status 410: too old resource version: 1 (339)',
  });
});

test('takes an error without a code for one of the server', () => {
  const line = Buffer.from('{"type":"ERROR","object":{"kind":"Status","message":"no leader"}}\n');
  assert.throws(() => read([line]), { code: 'server_error', status: 500, message: 'status 500: no leader' });
});

test('bounds an event', () => {
  const reader = new WatchReader(() => undefined);
  const filler = Buffer.alloc(1024 * 1024, 'x');
  for (let i = 0; i < 8; i += 1) reader.push(filler);
  assert.throws(() => reader.push(filler), { code: 'malformed', message: /larger than/ });
});
