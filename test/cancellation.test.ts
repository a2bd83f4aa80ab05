// A scraper that hangs up costs the exporter nothing more: its connection is closed at once, all the way through.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { runCleanPair } from './support/clean-pair.ts';
import { startDelayingRelay } from './support/delaying-relay.ts';
import { eventually } from './support/eventually.ts';
import { startRawExporter, type RawAnswerer } from './support/raw-exporter.ts';
import { connectScraper, scrapeRequest } from './support/raw-scraper.ts';

/** What the issue grants beyond the round trip, in milliseconds. */
const GRANTED_MS = 100;

/**
 * The quickest of so many counts: a machine that is busy with something else delays one or the other, a timer that somebody
 * waits for would delay them all.
 */
const TRIES = 5;

const ONE_WAY_MS = 25;

const answerNothing: RawAnswerer = () => undefined;
const answerWithoutEnd: RawAnswerer = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
};

for (const { when, answerer } of [
  { when: 'before the head', answerer: answerNothing },
  { when: 'in the middle of a body', answerer: answerWithoutEnd },
]) {
  for (const roundTripMs of [0, 2 * ONE_WAY_MS]) {
    test(`a scraper that hangs up ${when} frees the exporter within 100 ms and the round trip of ${roundTripMs} ms`, async (t) => {
      const delays = await closeDelays(t, answerer, roundTripMs);
      assert.ok(Math.min(...delays) <= GRANTED_MS + roundTripMs, `after ${delays.map(Math.round).join(', ')} ms`);
    });
  }
}

test('a scraper that hangs up while it does not read a large body frees the exporter', async (t) => {
  const part = Buffer.alloc(64 * 1024, 'x');
  const exporter = await startRawExporter(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n');
    const fill = (): void => {
      while (socket.writable && socket.write(part));
    };
    socket.on('drain', fill);
    fill();
  });
  const pair = await runCleanPair(t, { targets: [`far=http://127.0.0.1:${exporter.port}/metrics`] });
  const scraper = await connectScraper(t, pair.proxy.port);
  scraper.send(scrapeRequest('http://far/metrics'));
  await scraper.received(1000);
  scraper.socket.pause();
  scraper.socket.destroy();
  await eventually(() => assert.equal(exporter.openConnections, 0));
  await pair.isIdle();
});

/** From the scraper's hang-up to the close of the exporter's connection, in milliseconds, several times. */
async function closeDelays(t: TestContext, answerer: RawAnswerer, roundTripMs: number): Promise<readonly number[]> {
  let asked = Promise.withResolvers<Socket>();
  const exporter = await startRawExporter(t, (socket, head) => {
    answerer(socket, head);
    asked.resolve(socket);
  });
  const pair = await runCleanPair(t, {
    targets: [`far=http://127.0.0.1:${exporter.port}/metrics`],
    ...(roundTripMs === 0 ? {} : { between: (port) => startDelayingRelay(t, port, roundTripMs / 2) }),
  });
  const delays: number[] = [];
  for (let at = 0; at < TRIES; at += 1) {
    const scraper = await connectScraper(t, pair.proxy.port);
    scraper.send(scrapeRequest('http://far/metrics'));
    const closed = once(await asked.promise, 'close');
    asked = Promise.withResolvers();
    if (answerer === answerWithoutEnd) await scraper.received(1);
    const startedAt = performance.now();
    scraper.socket.destroy();
    await closed;
    delays.push(performance.now() - startedAt);
  }
  await pair.isIdle();
  return delays;
}
