import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import type { Verdict } from '../../src/access/scraper-access.ts';
import { ProxyMetrics } from '../../src/metrics.ts';
import { Streams } from '../../src/scrape/streams.ts';
import { announced, FleetStand } from '../support/fleet-stand.ts';

// A password takes 60 ms to check: a stream that was granted after close() held the replica until it was killed.
test('takes no stream whose scraper is found right only after close()', async () => {
  const stand = new FleetStand();
  stand.join().announce(announced({ passthrough: true }));
  const verdict = Promise.withResolvers<Verdict>();
  const streams = new Streams({
    routes: stand.routes,
    access: { authenticate: () => verdict.promise },
    metrics: new ProxyMetrics(new Registry()),
    logger: stand.logger,
    maxStreams: 10,
  });
  const [scraper, socket] = duplexPair();
  const connecting = streams.connect(new IncomingMessage(new Socket()), {
    socket,
    early: new Uint8Array(),
    address: 'client:9100',
  });
  streams.close();
  verdict.resolve('granted');
  await connecting;
  const [answer] = await scraper.take(1).toArray();
  assert.match(String(answer), /^HTTP\/1\.1 503 this replica is stopping\r\n/);
});
