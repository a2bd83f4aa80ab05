import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadError } from '@pullway/shared/protocol/head-error';
import { FIRST_WINDOW_BYTES, MAX_DATA_BYTES, MAX_WINDOW_BYTES } from '@pullway/shared/protocol/limits';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';
import { JoinedTunnels, REQUEST } from '../support/joined-tunnels.ts';
import { PatternBody } from '../support/pattern-body.ts';
import { pattern } from '../support/pattern.ts';
import { encodeFrame } from '../support/real-codec.ts';
import { RecordingScrape } from '../support/recording-scrape.ts';

function open(joined: JoinedTunnels, scrape = new RecordingScrape()): RecordingScrape {
  return scrape.begin(joined.proxy.session.openScrape(REQUEST, scrape));
}

function answering(totalBytes: number, options: ConstructorParameters<typeof JoinedTunnels>[0] = {}): JoinedTunnels {
  const scrapeRequested = (exchange: ConstructorParameters<typeof PatternBody>[0]): void => {
    new PatternBody(exchange, totalBytes).start();
  };
  return JoinedTunnels.established({ ...options, scrapeRequested });
}

for (const bytes of [0, 1, MAX_DATA_BYTES - 1, MAX_DATA_BYTES, MAX_DATA_BYTES + 1, 1_000_000, 3_000_000]) {
  test(`a body of ${bytes} bytes arrives byte for byte`, () => {
    const joined = answering(bytes, { delayMs: 3 });
    const scrape = open(joined);
    joined.clock.advance(1000);
    assert.deepEqual([scrape.isComplete, scrape.bytes, scrape.head?.status], [true, bytes, 200]);
    joined.assertNothingLeft();
  });
}

test('a short scrape is one frame each way', () => {
  const joined = answering(1000);
  const before = [joined.link.left.framesSent, joined.link.right.framesSent];
  open(joined);
  joined.clock.advance(10);
  const after = [joined.link.left.framesSent, joined.link.right.framesSent];
  assert.deepEqual(
    after.map((frames, index) => frames - (before[index] ?? 0)),
    [1, 1],
  );
});

test('a reader that does not read holds the exporter back after one window', () => {
  const joined = JoinedTunnels.established();
  const scrape = open(joined, new RecordingScrape({ isEager: false }));
  joined.clock.advance(1);
  const body = new PatternBody(joined.requests[0]!.exchange, 10_000_000).start();
  joined.clock.advance(20_000);
  assert.equal(scrape.bytes, FIRST_WINDOW_BYTES);
  assert.ok(body.written < FIRST_WINDOW_BYTES + 256 * 1024, `${body.written} bytes were taken from the exporter`);
  scrape.read(FIRST_WINDOW_BYTES / 2 - 1);
  joined.clock.advance(100);
  assert.equal(scrape.bytes, FIRST_WINDOW_BYTES);
  scrape.read(1);
  joined.clock.advance(100);
  assert.equal(scrape.bytes, FIRST_WINDOW_BYTES * 1.5);
});

test('over a long link the window grows to what the link holds', () => {
  const joined = answering(200_000_000, { delayMs: 50, bytesPerMs: 100_000, highWaterBytes: 4_000_000 });
  const scrape = open(joined);
  joined.clock.advance(4000);
  // A window of 256 KiB would have taken 76 s; the link alone takes 2.
  assert.equal(scrape.isComplete, true);
  assert.ok(scrape.mostUnread <= MAX_WINDOW_BYTES);
  joined.assertNothingLeft();
});

test('a slow reader keeps its first window, however long the link is', () => {
  const joined = answering(5_000_000, { delayMs: 5 });
  const scrape = open(joined, new RecordingScrape({ isEager: false }));
  for (let i = 0; i < 1000 && !scrape.isComplete; i += 1) {
    joined.clock.advance(20);
    scrape.read(16_384);
    assert.ok(scrape.unread <= FIRST_WINDOW_BYTES);
  }
  assert.equal(scrape.isComplete, true);
  assert.ok(scrape.mostUnread <= FIRST_WINDOW_BYTES);
});

test('a cancelled scrape is told nothing more, and the exporter is let go after one way', () => {
  const joined = JoinedTunnels.established({ delayMs: 30 });
  const scrape = open(joined);
  joined.clock.advance(30);
  const body = new PatternBody(joined.requests[0]!.exchange, 10_000_000).start();
  joined.clock.advance(35);
  const { bytes } = scrape;
  assert.ok(bytes > 0);
  scrape.cancel();
  scrape.cancel();
  joined.clock.advance(30);
  assert.deepEqual(body.failures, [{ code: 'scraper_gone', message: '' }]);
  joined.clock.advance(1000);
  assert.equal(scrape.bytes, bytes);
  assert.deepEqual(scrape.failures, []);
  joined.assertNothingLeft();
});

test('a failure before the answer and one in the middle of it are told once, with code and text', () => {
  for (const isEarly of [true, false]) {
    const joined = JoinedTunnels.established({ bytesPerMs: 1000 });
    const scrape = open(joined);
    joined.clock.advance(1);
    const { exchange } = joined.requests[0]!;
    const body = new PatternBody(exchange, 10_000_000);
    if (!isEarly) body.start();
    joined.clock.advance(1);
    exchange.fail('target_protocol', 'cut');
    exchange.fail('target_timeout', 'later');
    joined.clock.advance(1000);
    assert.deepEqual(scrape.failures, [{ code: 'target_protocol', message: 'cut' }]);
    assert.equal(scrape.isComplete, false);
    assert.deepEqual(body.failures, []);
    joined.assertNothingLeft();
  }
});

test('a broken tunnel never completes a body', () => {
  const joined = answering(10_000_000, { delayMs: 10, bytesPerMs: 1000 });
  const scrape = open(joined);
  joined.clock.advance(100);
  joined.link.break();
  joined.clock.advance(1000);
  assert.ok(scrape.bytes > 0 && !scrape.isComplete);
  assert.deepEqual(scrape.failures, [{ code: 'tunnel_lost', message: 'the connection broke' }]);
  assert.equal(joined.proxy.session.openExchanges + joined.agent.session.openExchanges, 0);
});

test('a head that no frame can carry is refused before anything is opened', () => {
  const { proxy } = JoinedTunnels.established();
  const scrape = new RecordingScrape();
  assert.throws(() => proxy.session.openScrape({ ...REQUEST, path: '/\n' }, scrape), HeadError);
  assert.equal(proxy.session.openExchanges, 0);
});

test('an agent that answers twice, or what was not asked, is closed', () => {
  const head = { status: 200, reason: 'OK', headers: [] };
  const body = new Uint8Array(0);
  const first = { type: 'response', exchange: 1, head, body, isEnd: false } as const;
  for (const frames of [
    [first, first],
    [{ ...first, exchange: 2 }],
    [{ type: 'data', exchange: 1, bytes: body, isEnd: true }],
    [{ type: 'connected', exchange: 1, windowBytes: 5 }],
    [{ type: 'credit', exchange: 1, bytes: 5 }],
    [{ type: 'cancel', exchange: 1, code: 'scraper_gone', message: '' }],
  ] as const) {
    const joined = JoinedTunnels.established();
    open(joined);
    const receive = (): void => frames.forEach((frame) => joined.proxy.session.receive(encodeFrame(frame)));
    assert.throws(receive, ProtocolError);
  }
});

test('an agent that sends more than it was granted is closed', () => {
  const joined = JoinedTunnels.established();
  open(joined, new RecordingScrape({ isEager: false }));
  const head = { status: 200, reason: 'OK', headers: [] };
  const { session } = joined.proxy;
  session.receive(encodeFrame({ type: 'response', exchange: 1, head, body: new Uint8Array(0), isEnd: false }));
  let sent = 0;
  const send = (length: number): void => {
    session.receive(encodeFrame({ type: 'data', exchange: 1, bytes: pattern(sent, length), isEnd: false }));
    sent += length;
  };
  for (let frame = 0; frame < FIRST_WINDOW_BYTES / MAX_DATA_BYTES; frame += 1) send(MAX_DATA_BYTES);
  assert.throws(() => send(1), ProtocolError);
});
