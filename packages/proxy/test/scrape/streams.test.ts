import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { Registry } from 'prom-client';
import type { Verdict } from '../../src/access/scraper-access.ts';
import { ProxyMetrics } from '../../src/metrics.ts';
import type { Outcome } from '../../src/scrape/outcomes.ts';
import type { ScrapeMetrics, StreamMetrics } from '../../src/scrape/scrape-metrics.ts';
import { Streams } from '../../src/scrape/streams.ts';
import { announced, FleetStand } from '../support/fleet-stand.ts';
import { MemoryConnection, nextTurn } from '../support/memory-connection.ts';

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

interface Asking {
  readonly stand: FleetStand;
  readonly verdict?: Verdict;
  readonly maxStreams?: number;
}

class RecordingMetrics implements ScrapeMetrics, StreamMetrics {
  readonly events: string[] = [];

  started(): void {
    throw new Error('a byte stream is no scrape');
  }

  finished(): void {
    throw new Error('a byte stream is no scrape');
  }

  refused(outcome: Outcome): void {
    this.events.push(`refused ${outcome}`);
  }

  streamStarted(): void {
    this.events.push('started');
  }

  streamFinished(outcome: Outcome): void {
    this.events.push(`finished ${outcome}`);
  }
}

function openStreams(t: TestContext, { stand, verdict = 'granted', maxStreams = 10 }: Asking) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const metrics = new RecordingMetrics();
  const { routes, logger } = stand;
  const access = { authenticate: () => verdict };
  const streams = new Streams({ routes, access, metrics, logger, maxStreams });
  const connect = async (): Promise<MemoryConnection> => {
    const socket = new MemoryConnection();
    const asked = { socket, early: new Uint8Array(), address: 'client:9100' };
    await streams.connect(new IncomingMessage(new Socket()), asked);
    stand.settle();
    await nextTurn();
    return socket;
  };
  return { streams, metrics, connect };
}

const PASSTHROUGH = announced({ passthrough: true });

const REFUSED = [
  ['an address that nobody has announced', {}, undefined, 404, 'unknown_target', 'no agent has announced client:9100'],
  [
    'a target that the agent speaks HTTP with',
    {},
    announced(),
    403,
    'not_exposed',
    'client:9100 is scraped with scheme http; its agent speaks TLS to it',
  ],
  [
    'a scraper with the wrong password',
    { verdict: 'refused' },
    PASSTHROUGH,
    407,
    'scraper_unauthenticated',
    'Proxy Authentication Required: user name and password in proxy_url',
  ],
  [
    'more streams at a time than it may carry',
    { maxStreams: 0 },
    PASSTHROUGH,
    503,
    'proxy_busy',
    'this replica already carries 0 byte streams',
  ],
] as const;

for (const [what, options, target, status, outcome, reason] of REFUSED) {
  test(`refuses ${what} as ${outcome}, and asks no agent`, async (t) => {
    const stand = new FleetStand();
    const agent = stand.join();
    if (target !== undefined) agent.announce(target);
    const { metrics, connect } = openStreams(t, { stand, ...options });
    const { received, destroyed } = await connect();
    assert.ok(received.startsWith(`HTTP/1.1 ${status} ${reason}\r\n`), received);
    assert.ok(destroyed);
    assert.deepEqual(metrics.events, [`refused ${outcome}`]);
    assert.equal(agent.streams.length, 0);
  });
}

test('says which agent left, and how long ago', async (t) => {
  const stand = new FleetStand();
  stand.join().announce(PASSTHROUGH).vanish();
  stand.clock.advance(42_000);
  const { received } = await openStreams(t, { stand }).connect();
  assert.match(received, /^HTTP\/1\.1 503 agent client disconnected 42s ago\r\n/);
});

test('counts a stream from its start to its end, and tells once that a target fails', async (t) => {
  const stand = new FleetStand();
  const agent = stand.join().announce(PASSTHROUGH);
  const { metrics, connect } = openStreams(t, { stand });
  for (let times = 0; times < 2; times += 1) {
    const scraper = await connect();
    agent.streams[times]?.exchange.fail('target_unreachable', 'connect ECONNREFUSED 127.0.0.1:9100');
    stand.settle();
    await nextTurn();
    assert.match(scraper.received, /^HTTP\/1\.1 502 /);
  }
  const events = ['started', 'finished target_unreachable'];
  assert.deepEqual(metrics.events, [...events, ...events]);
  assert.equal(stand.logger.lines.filter((line) => line === 'warn target fails').length, 1);
});

test('close() cuts every stream, and a stream that ended leaves room for another', async (t) => {
  const stand = new FleetStand();
  const agent = stand.join().announce(PASSTHROUGH);
  const { streams, metrics, connect } = openStreams(t, { stand, maxStreams: 1 });
  await (await connect()).hangUp();
  const second = await connect();
  agent.streams[1]?.exchange.accept();
  stand.settle();
  streams.close();
  assert.ok(second.destroyed);
  assert.deepEqual(metrics.events, ['started', 'finished scraper_gone', 'started', 'finished proxy_busy']);
});
