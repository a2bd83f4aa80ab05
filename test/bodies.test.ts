// What an exporter answers arrives as it was sent: bodies byte for byte, status and header fields in their order.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runExporter, TEXT_FORMAT } from './support/exporter.ts';
import { runCleanPair } from './support/clean-pair.ts';
import { openScrape } from './support/scraper.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Around the longest DATA frame and the longest first frame, where a fence post would be missed. */
const SIZES = [0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, MIB];
const HUGE = 300 * MIB;

const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const KINDS = [
  { name: 'text', type: TEXT_FORMAT },
  { name: 'protobuf', type: PROTOBUF },
  { name: 'gzip', type: TEXT_FORMAT, coding: 'gzip' },
] as const;

for (const framing of ['chunked', 'length'] as const) {
  test(`bodies of all sizes and kinds (${framing}) arrive byte for byte`, async (t) => {
    const exporter = await runExporter(t, answerBody);
    const pair = await runCleanPair(t, { targets: [`bodies=http://${exporter.hostPort}/metrics`] });
    for (const bytes of SIZES) {
      for (const kind of KINDS) {
        const expected = kind.name === 'gzip' ? gzipSync(bodyOf(bytes)) : bodyOf(bytes);
        const query = `bytes=${bytes}&framing=${framing}&kind=${kind.name}`;
        const answer = await openScrape(pair.proxy.port, `http://bodies/metrics?${query}`, { timeoutSeconds: 30 });
        assert.equal(answer.statusCode, 200);
        assert.equal(answer.headers['content-type'], kind.type);
        assert.equal(answer.headers['content-encoding'], 'coding' in kind ? kind.coding : undefined);
        assert.equal(answer.headers['content-length'], framing === 'length' ? String(expected.length) : undefined);
        assert.equal(await digest(answer), digestOf(expected), query);
      }
    }
    await pair.isIdle();
  });
}

for (const framing of ['chunked', 'length'] as const) {
  test(`300 MiB (${framing}) arrive byte for byte`, async (t) => {
    const exporter = await runExporter(t, answerBody);
    const pair = await runCleanPair(t, { targets: [`bodies=http://${exporter.hostPort}/metrics`] });
    const sent = createHash('sha256');
    for (const part of partsOf(HUGE)) sent.update(part);
    const url = `http://bodies/metrics?bytes=${HUGE}&framing=${framing}`;
    const answer = await openScrape(pair.proxy.port, url, { timeoutSeconds: 120 });
    assert.equal(await digest(answer), sent.digest('hex'));
    await pair.isIdle();
  });
}

test('a HEAD and answers without a body keep their header fields and leave the connection usable', async (t) => {
  const exporter = await runExporter(t, answerBody);
  const pair = await runCleanPair(t, { targets: [`bodies=http://${exporter.hostPort}/metrics`] });
  const url = `http://bodies/metrics?bytes=${MIB}&framing=length`;
  const head = await openScrape(pair.proxy.port, url, { method: 'HEAD' });
  assert.equal(head.headers['content-length'], String(MIB));
  assert.equal(Buffer.concat(await head.toArray()).length, 0);
  await pair.isIdle();
});

/** Answers what the query asks for: `bytes` of `kind`, `chunked` or with `length`. */
const answerBody: RequestListener = (request, response) => {
  const { searchParams } = new URL(request.url ?? '', 'http://exporter');
  const bytes = Number(searchParams.get('bytes'));
  const kind = KINDS.find(({ name }) => name === searchParams.get('kind')) ?? KINDS[0];
  const isGzip = kind.name === 'gzip';
  const parts = isGzip ? [gzipSync(bodyOf(bytes))] : partsOf(bytes);
  const length = isGzip ? gzipSync(bodyOf(bytes)).length : bytes;
  response.writeHead(200, {
    'content-type': kind.type,
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    ...(searchParams.get('framing') === 'length' ? { 'content-length': length } : {}),
  });
  if (request.method === 'HEAD') response.end();
  // Who hangs up in the middle is not the exporter's concern.
  else pipeline(Readable.from(parts), response).catch(() => undefined);
};

/** `bytes` bytes in parts of 1 MiB of which no two are the same, so that a part that is lost or moved is noticed. */
function* partsOf(bytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes; at += MIB) {
    const part = Buffer.alloc(Math.min(MIB, bytes - at), NOISE);
    if (part.length >= 4) part.writeUInt32BE(at / MIB);
    yield part;
  }
}

/** Bytes of all values in no short period: 64 KiB - 5 fits no frame, buffer or window. */
const NOISE = Buffer.alloc(64 * KIB - 5);
for (let at = 0, state = 1; at < NOISE.length; at += 1) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  NOISE[at] = state >>> 24;
}

function bodyOf(bytes: number): Buffer {
  return Buffer.concat([...partsOf(bytes)]);
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function digest(answer: IncomingMessage): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of answer) hash.update(chunk);
  return hash.digest('hex');
}
