import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import type { StreamExchange, StreamObserver } from '@pullway/shared/protocol/stream-exchange';
import { Stream } from '../../src/scrape/stream.ts';
import { announced, FleetStand, type StandAgent } from '../support/fleet-stand.ts';
import { MemoryConnection, nextTurn } from '../support/memory-connection.ts';

/** CONNECT carries no timeout of the scraper. */
const CONNECT_DEADLINE_MS = 10_000;

const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** The agent's end of a stream. */
class AgentEnd implements StreamObserver {
  readonly exchange: StreamExchange;
  readonly failures: ExchangeFailure[] = [];
  text = '';
  isEnded = false;
  isReading = true;

  constructor(exchange: StreamExchange | undefined) {
    if (exchange === undefined) throw new Error('nobody has asked');
    this.exchange = exchange;
    exchange.observer = this;
  }

  connected(): void {}

  received(bytes: Uint8Array, isLast: boolean): void {
    this.text += Buffer.from(bytes).toString('latin1');
    this.isEnded ||= isLast;
    if (this.isReading) this.exchange.consumed(bytes.length);
  }

  writable(): void {}

  failed(failure: ExchangeFailure): void {
    this.failures.push(failure);
  }
}

class StreamStand extends FleetStand {
  readonly scraper = new MemoryConnection();
  readonly ends: string[] = [];
  readonly agent: StandAgent;
  readonly stream: Stream;

  constructor(t: TestContext, early = '') {
    super();
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.agent = this.join().announce(announced({ passthrough: true }));
    const routing = this.routes.connectTargets('client:9100');
    const [serving] = routing.kind === 'served' ? routing.serving : [];
    if (serving === undefined) throw new Error('nobody serves it');
    const asked = { socket: this.scraper, early: Buffer.from(early), address: 'client:9100' };
    this.stream = new Stream(asked, serving, {
      ended: (outcome, reason) => void this.ends.push(reason === '' ? outcome : `${outcome}: ${reason}`),
    });
    this.settle();
  }

  /** The agent has reached the exporter. */
  async connect(): Promise<AgentEnd> {
    const end = this.end();
    end.exchange.accept();
    await this.quiet();
    return end;
  }

  end(): AgentEnd {
    return new AgentEnd(this.agent.streams[0]?.exchange);
  }

  async quiet(): Promise<void> {
    for (let round = 0; round < 8; round += 1) {
      this.settle();
      await nextTurn();
    }
  }
}

test('carries bytes both ways, what came behind the request first, and ends in order', async (t) => {
  const stand = new StreamStand(t, 'early ');
  assert.deepEqual(stand.agent.streams[0]?.head, { deadlineMs: CONNECT_DEADLINE_MS, address: 'client:9100' });
  const end = await stand.connect();
  assert.equal(stand.scraper.received, ESTABLISHED);
  await stand.scraper.say('late');
  end.exchange.write(Buffer.from('answer'));
  await stand.quiet();
  assert.equal(end.text, 'early late');
  assert.equal(stand.scraper.received, `${ESTABLISHED}answer`);
  stand.scraper.push(null);
  await stand.quiet();
  assert.ok(end.isEnded);
  assert.deepEqual(stand.ends, [], 'the other direction goes on');
  end.exchange.end();
  await stand.quiet();
  assert.ok(stand.scraper.writableFinished);
  assert.deepEqual(stand.ends, ['answered']);
  assert.equal(stand.agent.tunnel.session.openExchanges, 0);
});

test('says in the status line why the exporter is not reached', async (t) => {
  const stand = new StreamStand(t);
  stand.end().exchange.fail('target_unreachable', 'connect ECONNREFUSED 127.0.0.1:9100');
  await stand.quiet();
  assert.match(stand.scraper.received, /^HTTP\/1\.1 502 agent client: connect ECONNREFUSED 127\.0\.0\.1:9100\r\n/);
  assert.ok(stand.scraper.destroyed);
  assert.deepEqual(stand.ends, ['target_unreachable: agent client: connect ECONNREFUSED 127.0.0.1:9100']);
});

test('answers 504 when the exporter is not reached in time, and tells the agent', async (t) => {
  const stand = new StreamStand(t);
  const end = stand.end();
  t.mock.timers.tick(CONNECT_DEADLINE_MS);
  await stand.quiet();
  assert.match(stand.scraper.received, /^HTTP\/1\.1 504 agent client did not reach client:9100 within 10s\r\n/);
  assert.deepEqual(end.failures, [{ code: 'deadline_passed', message: '' }]);
  assert.equal(stand.ends.length, 1);
});

test('has no deadline once it is connected', async (t) => {
  const stand = new StreamStand(t);
  await stand.connect();
  t.mock.timers.tick(CONNECT_DEADLINE_MS);
  await stand.quiet();
  assert.equal(stand.scraper.destroyed, false);
  assert.deepEqual(stand.ends, []);
});

test('cuts the connection when the exporter breaks', async (t) => {
  const stand = new StreamStand(t);
  const end = await stand.connect();
  end.exchange.fail('target_unreachable', 'reset');
  await stand.quiet();
  assert.equal(stand.scraper.received, ESTABLISHED);
  assert.ok(stand.scraper.destroyed);
  assert.deepEqual(stand.ends, ['target_unreachable: agent client: reset']);
});

test('cuts the connection when the tunnel breaks', async (t) => {
  const stand = new StreamStand(t);
  await stand.connect();
  stand.agent.vanish();
  await stand.quiet();
  assert.ok(stand.scraper.destroyed);
  assert.match(stand.ends.join(), /^tunnel_lost: /);
});

test('tells the agent that the scraper is gone before it is connected', async (t) => {
  const stand = new StreamStand(t);
  const end = stand.end();
  await stand.scraper.hangUp();
  await stand.quiet();
  assert.deepEqual(end.failures, [{ code: 'scraper_gone', message: '' }]);
  assert.deepEqual(stand.ends, ['scraper_gone']);
});

// Scrapers end an idle connection as they please: that is no failed scrape.
test('takes a scraper that closes a connected stream for one that has had its answer', async (t) => {
  const stand = new StreamStand(t);
  const end = await stand.connect();
  await stand.scraper.hangUp();
  await stand.quiet();
  assert.deepEqual(end.failures, [{ code: 'scraper_gone', message: '' }]);
  assert.deepEqual(stand.ends, ['answered']);
});

test('cuts the stream of a replica that stops, once', async (t) => {
  const stand = new StreamStand(t);
  const end = await stand.connect();
  for (let times = 0; times < 2; times += 1) stand.stream.abort('this replica is stopping');
  await stand.quiet();
  assert.ok(stand.scraper.destroyed);
  assert.deepEqual(end.failures, [{ code: 'replica_stopping', message: 'this replica is stopping' }]);
  assert.deepEqual(stand.ends, ['proxy_busy: this replica is stopping']);
});

test('a scraper that does not read stops the exporter, and gets everything once it does', async (t) => {
  const stand = new StreamStand(t);
  const end = await stand.connect();
  stand.scraper.isReading = false;
  const part = Buffer.alloc(64 * 1024, 'x');
  for (let parts = 0; parts < 16; parts += 1) end.exchange.write(part);
  end.exchange.end();
  await stand.quiet();
  assert.ok(stand.scraper.writableLength < 16 * part.length, 'most of it waits in the agent');
  await stand.scraper.resumeReading();
  for (let round = 0; round < 4; round += 1) await stand.quiet();
  assert.equal(stand.scraper.received.length, ESTABLISHED.length + 16 * part.length);
});

test('an agent that does not read stops the scraper', async (t) => {
  const stand = new StreamStand(t);
  const end = await stand.connect();
  end.isReading = false;
  const part = 'x'.repeat(64 * 1024);
  for (let parts = 0; parts < 16; parts += 1) await stand.scraper.say(part);
  await stand.quiet();
  assert.ok(stand.scraper.isPaused());
  assert.ok(stand.scraper.readableLength > 0);
});
