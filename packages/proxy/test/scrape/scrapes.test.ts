import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { Verdict } from '../../src/access/scraper-access.ts';
import type { Outcome } from '../../src/scrape/outcomes.ts';
import type { ScrapeMetrics } from '../../src/scrape/scrape-metrics.ts';
import { Scrapes } from '../../src/scrape/scrapes.ts';
import { announced, FleetStand } from '../support/fleet-stand.ts';
import { MemoryConnection, nextTurn } from '../support/memory-connection.ts';

class RecordingMetrics implements ScrapeMetrics {
  readonly events: string[] = [];

  started(): void {
    this.events.push('started');
  }

  finished(outcome: Outcome, cluster: string, durationMs: number, bodyBytes: number): void {
    this.events.push(`finished ${outcome} '${cluster}' ${durationMs} ms ${bodyBytes} bytes`);
  }

  refused(outcome: Outcome): void {
    this.events.push(`refused ${outcome}`);
  }
}

interface StandOptions {
  readonly verdict?: Verdict | Promise<Verdict>;
  readonly maxInFlight?: number;
}

class ScrapesStand extends FleetStand {
  readonly scrapeMetrics = new RecordingMetrics();
  readonly authorizations: (string | undefined)[] = [];
  readonly scrapes: Scrapes;
  readonly #server = createServer((request, response) =>
    this.scrapes.forward(request, response, 'client:9100', request.url ?? ''),
  );

  constructor(t: TestContext, { verdict = 'granted', maxInFlight = 10 }: StandOptions = {}) {
    super();
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.scrapes = new Scrapes({
      routes: this.routes,
      access: {
        authenticate: (authorization) => {
          this.authorizations.push(authorization);
          return verdict;
        },
      },
      metrics: this.scrapeMetrics,
      clock: this.clock,
      logger: this.logger,
      settings: { defaultTimeoutMs: 15_000, maxTimeoutMs: 300_000, maxInFlight },
    });
  }

  async ask(line = 'GET /metrics', fields = ''): Promise<MemoryConnection> {
    const connection = new MemoryConnection();
    this.#server.emit('connection', connection);
    await connection.say(`${line} HTTP/1.1\r\nHost: client:9100\r\n${fields}\r\n`);
    await this.quiet();
    return connection;
  }

  async quiet(): Promise<void> {
    this.settle();
    await nextTurn();
  }
}

test('forwards a scrape and counts it, the time it took included', async (t) => {
  const stand = new ScrapesStand(t);
  const agent = stand.join({ cluster: 'prod' }).announce(announced());
  const scraper = await stand.ask('GET /metrics?a=1', 'X-Prometheus-Scrape-Timeout-Seconds: 4\r\n');
  assert.equal(stand.scrapes.inFlight, 1);
  assert.equal(agent.heads[0]?.deadlineMs, 3_600);
  assert.equal(agent.heads[0]?.path, '/metrics?a=1');
  stand.clock.advance(90);
  agent.scrapes[0]?.respond({ status: 200, reason: 'OK', headers: ['Content-Length', '2'] });
  agent.scrapes[0]?.write(Buffer.from('up'));
  agent.scrapes[0]?.end();
  await stand.quiet();
  assert.match(scraper.received, /^HTTP\/1\.1 200 OK\r\n.*up$/s);
  assert.equal(stand.scrapes.inFlight, 0);
  assert.equal(stand.scrapeMetrics.events[0], 'started');
  assert.match(stand.scrapeMetrics.events[1] ?? '', /^finished answered 'prod' (9[5-9]|100) ms 2 bytes$/);
});

// Prometheus 3.13 and 3.14 repeat fields, which Node joins with a comma.
test('believes the first of several timeouts', async (t) => {
  const stand = new ScrapesStand(t);
  const agent = stand.join().announce(announced());
  await stand.ask('GET /metrics', 'X-Prometheus-Scrape-Timeout-Seconds: 4\r\n'.repeat(2));
  assert.equal(agent.heads[0]?.deadlineMs, 3_600);
});

const REFUSED = [
  ['POST /metrics', '', 405, 'method_refused', 'only GET and HEAD are forwarded'],
  ['GET /metrics', 'Content-Length: 1\r\n', 400, 'request_malformed', 'a scrape has no request body'],
  ['GET /metrics', 'Transfer-Encoding: chunked\r\n', 400, 'request_malformed', 'a scrape has no request body'],
  ['GET /debug?a=1', '', 403, 'not_exposed', 'client:9100 exposes /metrics, not /debug'],
] as const;

for (const [line, fields, status, outcome, reason] of REFUSED) {
  test(`refuses ${line} ${fields.trim()} as ${outcome}, and asks no agent`, async (t) => {
    const stand = new ScrapesStand(t);
    const agent = stand.join().announce(announced());
    const scraper = await stand.ask(line, fields);
    assert.ok(scraper.received.startsWith(`HTTP/1.1 ${status} ${reason}\r\n`), scraper.received);
    assert.deepEqual(stand.scrapeMetrics.events, [`refused ${outcome}`]);
    assert.equal(agent.scrapes.length, 0);
  });
}

test('a Content-Length of 0 is no body', async (t) => {
  const stand = new ScrapesStand(t);
  const agent = stand.join().announce(announced());
  await stand.ask('GET /metrics', 'Content-Length: 0\r\n');
  assert.equal(agent.scrapes.length, 1);
});

test('refuses an address that nobody has announced', async (t) => {
  const stand = new ScrapesStand(t);
  const scraper = await stand.ask();
  assert.match(scraper.received, /^HTTP\/1\.1 404 no agent has announced client:9100\r\n/);
  assert.deepEqual(stand.logger.lines.at(-1), 'info target fails');
});

test('refuses more scrapes at a time than it may carry', async (t) => {
  const stand = new ScrapesStand(t, { maxInFlight: 1 });
  const agent = stand.join().announce(announced());
  await stand.ask();
  const second = await stand.ask();
  assert.match(second.received, /^HTTP\/1\.1 503 this replica already has 1 scrapes in flight\r\n/);
  agent.scrapes[0]?.fail('target_timeout', 'too slow');
  await stand.quiet();
  await stand.ask();
  assert.equal(agent.scrapes.length, 2);
});

for (const verdict of ['granted', 'refused'] as const) {
  for (const when of ['at once', 'later'] as const) {
    test(`a scraper that is ${verdict} ${when} ${verdict === 'granted' ? 'is served' : 'is not'}`, async (t) => {
      const stand = new ScrapesStand(t, { verdict: when === 'later' ? Promise.resolve(verdict) : verdict });
      const agent = stand.join().announce(announced());
      const scraper = await stand.ask('GET /metrics', 'Proxy-Authorization: Basic dTpw\r\n');
      assert.deepEqual(stand.authorizations, ['Basic dTpw']);
      assert.equal(agent.scrapes.length, verdict === 'granted' ? 1 : 0);
      const refusal = /^HTTP\/1\.1 407 wrong user name or password\r\n.*Proxy-Authenticate: Basic realm="pullway"\r\n/s;
      if (verdict === 'refused') assert.match(scraper.received, refusal);
      else assert.deepEqual(agent.heads[0]?.headers, ['Host', 'client:9100']);
    });
  }
}

test('tells a scraper without a password that it needs one', async (t) => {
  const scraper = await new ScrapesStand(t, { verdict: 'refused' }).ask();
  assert.match(scraper.received, /^HTTP\/1\.1 407 this proxy wants a user name and password in proxy_url\r\n/);
});

test('asks nothing for a scraper that hung up while its password was checked', async (t) => {
  const verdict = Promise.withResolvers<Verdict>();
  const stand = new ScrapesStand(t, { verdict: verdict.promise });
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  await scraper.hangUp();
  verdict.resolve('granted');
  await stand.quiet();
  assert.equal(agent.scrapes.length, 0);
  assert.deepEqual(stand.scrapeMetrics.events, []);
});

test('closes at once when nothing runs', async (t) => {
  await new ScrapesStand(t).scrapes.close({ signal: new AbortController().signal });
});

test('waits for the scrapes that run, and cuts none of them', async (t) => {
  const stand = new ScrapesStand(t);
  const agent = stand.join().announce(announced());
  const scrapers = [await stand.ask(), await stand.ask()];
  let isClosed = false;
  const closing = stand.scrapes.close({ signal: new AbortController().signal }).then(() => (isClosed = true));
  for (const exchange of agent.scrapes) {
    await nextTurn();
    assert.equal(isClosed, false);
    exchange.respond({ status: 200, reason: 'OK', headers: [] });
    exchange.end();
    await stand.quiet();
  }
  await closing;
  for (const { received } of scrapers) assert.match(received, /^HTTP\/1\.1 200 OK\r\n/);
});

for (const when of ['from the start', 'later'] as const) {
  test(`cuts what runs when the time for it is over ${when}`, async (t) => {
    const stand = new ScrapesStand(t);
    stand.join().announce(announced());
    const scraper = await stand.ask();
    const control = new AbortController();
    if (when === 'from the start') control.abort();
    const closing = stand.scrapes.close(control);
    if (when === 'later') control.abort();
    await closing;
    await nextTurn();
    assert.match(scraper.received, /^HTTP\/1\.1 503 this replica is stopping\r\n/);
    assert.equal(stand.scrapes.inFlight, 0);
  });
}
