import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { Registry } from 'prom-client';
import type { ScraperAccess } from '../src/access/scraper-access.ts';
import { openFrontDoor, type FrontDoorParts } from '../src/front-door.ts';
import { ProxyMetrics } from '../src/metrics.ts';
import { Scrapes } from '../src/scrape/scrapes.ts';
import { Streams } from '../src/scrape/streams.ts';
import { announced, FleetStand } from './support/fleet-stand.ts';
import { MemoryConnection, nextTurn } from './support/memory-connection.ts';

/** A front door on a bare server; behind it an agent that has `client:9100/metrics` and, as a byte stream, `tls:443`. */
class DoorStand extends FleetStand {
  readonly agent = this.join().announce(
    announced(),
    announced({ id: 2, address: 'tls:443', path: '/', passthrough: true }),
    announced({ id: 3, address: '[fd00::7]:80' }),
  );
  /** What went to the API, and which upgrades were taken. */
  readonly elsewhere: string[] = [];
  readonly #server = createServer();

  constructor(t: TestContext, closed: { readonly scrapers?: boolean; readonly agents?: boolean } = {}) {
    super();
    t.mock.timers.enable({ apis: ['setTimeout'] });
    openFrontDoor(this.#server, {
      api: (request, response) => {
        this.elsewhere.push(`api ${request.url}`);
        response.end('api');
      },
      isOwnHost: (host) => host === 'proxy:8080' || host === '',
      isReserved: (target) => target.startsWith('/-/'),
      scrapers: closed.scrapers === true ? undefined : this.#scrapers(),
      acceptTunnel:
        closed.agents === true
          ? undefined
          : (request, socket) => {
              this.elsewhere.push(`upgrade ${request.url}`);
              socket.destroy();
            },
    });
  }

  /** Says `lines` and what `behind` them follows on a connection of its own; settles once it has been sorted. */
  async say(lines: readonly string[], behind = ''): Promise<MemoryConnection> {
    const connection = new MemoryConnection();
    this.#server.emit('connection', connection);
    await connection.say(`${lines.join('\r\n')}\r\n\r\n${behind}`);
    await nextTurn();
    this.settle();
    await nextTurn();
    return connection;
  }

  /** `address path` of each scrape, and the address of each byte stream, that the agent was asked for. */
  get asked(): readonly string[] {
    const scrapes = this.agent.heads.map(({ address, path }) => `${address} ${path}`);
    return [...scrapes, ...this.agent.streams.map(({ head }) => head.address)];
  }

  #scrapers(): FrontDoorParts['scrapers'] {
    const { routes, clock, logger } = this;
    const access: ScraperAccess = { authenticate: () => 'granted' };
    const metrics = new ProxyMetrics(new Registry());
    const settings = { defaultTimeoutMs: 15_000, maxTimeoutMs: 300_000, maxInFlight: 10 };
    return {
      routes,
      scrapes: new Scrapes({ routes, access, metrics, clock, logger, settings }),
      streams: new Streams({ routes, access, metrics, logger, maxStreams: 10 }),
    };
  }
}

const OTHER_HOST = 'Host: other';

const SCRAPES: readonly (readonly [what: string, lines: readonly string[], asked: string])[] = [
  ['absolute form', ['GET http://client:9100/metrics?a=1 HTTP/1.1', OTHER_HOST], 'client:9100 /metrics?a=1'],
  ['absolute form in capitals', ['GET HTTP://CLIENT:9100/metrics HTTP/1.1', OTHER_HOST], 'client:9100 /metrics'],
  ['absolute form of HTTP/1.0', ['GET http://client:9100/metrics HTTP/1.0'], 'client:9100 /metrics'],
  [
    'absolute form with an IPv6 address',
    ['GET http://[FD00::7]/metrics HTTP/1.1', OTHER_HOST],
    '[fd00::7]:80 /metrics',
  ],
  ['origin form whose Host is announced', ['GET /metrics HTTP/1.1', 'Host: Client:9100'], 'client:9100 /metrics'],
  ['CONNECT', ['CONNECT TLS:443 HTTP/1.1', OTHER_HOST], 'tls:443'],
];

for (const [what, lines, asked] of SCRAPES) {
  test(`takes ${what} for a scrape`, async (t) => {
    const stand = new DoorStand(t);
    await stand.say(lines);
    assert.deepEqual(stand.asked, [asked]);
    assert.deepEqual(stand.elsewhere, []);
  });
}

test('sorts the same target alike each time', async (t) => {
  const stand = new DoorStand(t);
  for (const target of ['http://client:9100/metrics', 'http://client:9100/metrics', 'http://client:9100/metrics?b']) {
    await stand.say([`GET ${target} HTTP/1.1`, OTHER_HOST]);
  }
  assert.deepEqual(stand.asked, ['client:9100 /metrics', 'client:9100 /metrics', 'client:9100 /metrics?b']);
});

const OWN: readonly (readonly [what: string, lines: readonly string[], target: string])[] = [
  ['a path', ['GET /metrics HTTP/1.1', 'Host: proxy:8080'], '/metrics'],
  ['a path without Host', ['GET /sd HTTP/1.0'], '/sd'],
  ['a path with a Host that nobody has announced', ['GET /sd HTTP/1.1', OTHER_HOST], '/sd'],
  ['a path with a Host that is none', ['GET /sd HTTP/1.1', 'Host: a b'], '/sd'],
  ['a path that is always its own', ['GET /-/healthy HTTP/1.1', 'Host: client:9100'], '/-/healthy'],
];

for (const [what, lines, target] of OWN) {
  test(`takes ${what} for a question to the proxy itself`, async (t) => {
    const stand = new DoorStand(t);
    await stand.say(lines);
    assert.deepEqual([stand.elsewhere, stand.asked], [[`api ${target}`], []]);
  });
}

// An agent that announces the proxy's own name must not take over its pages.
test('keeps its own pages from whoever announces its name', async (t) => {
  const stand = new DoorStand(t);
  stand.join({ name: 'thief', instance: 'thief' }).announce(announced({ address: 'proxy:8080' }));
  await stand.say(['GET /metrics HTTP/1.1', 'Host: proxy:8080']);
  assert.deepEqual(stand.elsewhere, ['api /metrics']);
});

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket'];

const REFUSED: readonly (readonly [lines: readonly string[], reason: string])[] = [
  [['OPTIONS * HTTP/1.1', OTHER_HOST], 'OPTIONS * is not answered'],
  [
    ['GET https://client:9100/ HTTP/1.1', OTHER_HOST],
    'https targets are scraped by CONNECT, not by an absolute https URL',
  ],
  [['GET ftp://client:9100/ HTTP/1.1', OTHER_HOST], 'the request target is no http URL'],
  [['GET http://a@client:9100/ HTTP/1.1', OTHER_HOST], 'a target has no user name in its URL'],
  [['GET http://client:0/ HTTP/1.1', OTHER_HOST], 'the URL has no valid host and port'],
  [['CONNECT tls HTTP/1.1', OTHER_HOST], 'CONNECT wants host:port'],
  [['CONNECT tls:0 HTTP/1.1', OTHER_HOST], 'CONNECT wants host:port'],
  [['GET http://client:9100/metrics HTTP/1.1', OTHER_HOST, ...UPGRADE], 'scrapes are no upgrades'],
];

for (const [lines, reason] of REFUSED) {
  test(`refuses ${lines[0]}: ${reason}`, async (t) => {
    const stand = new DoorStand(t);
    const { received } = await stand.say(lines);
    assert.ok(received.startsWith(`HTTP/1.1 400 ${reason}\r\n`), received);
    assert.match(received, /X-Pullway-Outcome: request_malformed\r\n/);
    assert.deepEqual([stand.elsewhere, stand.asked], [[], []]);
  });
}

test('hands an upgrade to who takes tunnels', async (t) => {
  const stand = new DoorStand(t);
  await stand.say(['GET /tunnel HTTP/1.1', 'Host: proxy:8080', ...UPGRADE]);
  assert.deepEqual(stand.elsewhere, ['upgrade /tunnel']);
});

test('passes on what a scraper sent right behind its CONNECT', async (t) => {
  const stand = new DoorStand(t);
  await stand.say(['CONNECT tls:443 HTTP/1.1', OTHER_HOST], 'hello');
  const texts: string[] = [];
  const exchange = stand.agent.streams[0]?.exchange;
  assert.ok(exchange !== undefined);
  exchange.observer = {
    connected: () => {},
    received: (bytes) => void texts.push(Buffer.from(bytes).toString()),
    writable: () => {},
    failed: () => {},
  };
  exchange.accept();
  stand.settle();
  assert.deepEqual(texts, ['hello']);
});

for (const line of ['GET http://client:9100/metrics HTTP/1.1', 'CONNECT tls:443 HTTP/1.1']) {
  test(`refuses ${line} where no scrapers are taken`, async (t) => {
    const stand = new DoorStand(t, { scrapers: true });
    const { received } = await stand.say([line, OTHER_HOST]);
    assert.match(received, /^HTTP\/1\.1 400 this listener takes no scrapes\r\n/);
    assert.deepEqual(stand.asked, []);
  });
}

test('a path is a question to the proxy where no scrapers are taken, whatever its Host', async (t) => {
  const stand = new DoorStand(t, { scrapers: true });
  await stand.say(['GET /metrics HTTP/1.1', 'Host: client:9100']);
  assert.deepEqual(stand.elsewhere, ['api /metrics']);
});

test('refuses an upgrade where no agents are taken', async (t) => {
  const stand = new DoorStand(t, { agents: true });
  const { received } = await stand.say(['GET /tunnel HTTP/1.1', 'Host: proxy:8080', ...UPGRADE]);
  assert.match(received, /^HTTP\/1\.1 400 this listener takes no tunnels\r\n/);
});
