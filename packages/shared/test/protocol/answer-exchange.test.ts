import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import { JoinedTunnels, REQUEST } from '../support/joined-tunnels.ts';
import { pattern } from '../support/pattern.ts';
import { RecordingScrape } from '../support/recording-scrape.ts';

const OK = { status: 200, reason: 'OK', headers: [] };

function requested(): { joined: JoinedTunnels; scrape: RecordingScrape; exchange: AnswerExchange } {
  const joined = JoinedTunnels.established();
  const scrape = new RecordingScrape();
  scrape.begin(joined.proxy.session.openScrape(REQUEST, scrape));
  joined.clock.advance(1);
  return { joined, scrape, exchange: joined.requests[0]!.exchange };
}

test('the agent gets the request as it was asked', () => {
  const { joined } = requested();
  assert.deepEqual(joined.requests[0]?.head, REQUEST);
});

// Bytes before the head went out as DATA in state `requested`, for which the proxy closed the tunnel.
test('what is written before the head waits for it', () => {
  const { joined, scrape, exchange } = requested();
  exchange.write(pattern(0, 10));
  exchange.end();
  joined.clock.advance(5);
  assert.equal(scrape.head, undefined);
  exchange.respond(OK);
  joined.clock.advance(5);
  assert.deepEqual([scrape.isComplete, scrape.bytes], [true, 10]);
  joined.assertNothingLeft();
});

test('a head alone goes out at once', () => {
  const { joined, scrape, exchange } = requested();
  exchange.respond({ ...OK, status: 404, reason: 'Not Found', headers: ['X', 'y'] });
  joined.clock.advance(5);
  assert.deepEqual(scrape.head, { status: 404, reason: 'Not Found', headers: ['X', 'y'] });
  assert.equal(scrape.isOver, false);
  exchange.end();
  joined.clock.advance(5);
  assert.equal(scrape.isComplete, true);
});

// One exporter with such a header closed the tunnel for all others.
test('a head that no frame can carry fails this exchange at both ends and leaves the tunnel alone', () => {
  const { joined, scrape, exchange } = requested();
  const failures: string[] = [];
  exchange.observer = { writable: () => {}, failed: ({ code }) => void failures.push(code) };
  exchange.respond({ ...OK, headers: ['X', 'a\nY\nb'] });
  exchange.write(pattern(0, 10));
  exchange.end();
  joined.clock.advance(5);
  assert.deepEqual(failures, ['target_protocol']);
  assert.equal(scrape.failures[0]?.code, 'target_protocol');
  assert.deepEqual([joined.proxyEnds, joined.agentEnds], [[], []]);
  joined.assertNothingLeft();
});

test('a second head is a fault of the caller', () => {
  const { exchange } = requested();
  exchange.respond(OK);
  assert.throws(() => exchange.respond(OK), /second response/);
});

test('whoever answered completely is not told that the scraper went away', () => {
  const { joined, scrape, exchange } = requested();
  let failures = 0;
  exchange.observer = { writable: () => {}, failed: () => (failures += 1) };
  exchange.respond(OK);
  exchange.write(pattern(0, 1_000_000));
  exchange.end();
  scrape.cancel();
  joined.clock.advance(5);
  assert.equal(failures, 0);
  joined.assertNothingLeft();
});

test('after the end of an exchange its methods do nothing', () => {
  const { joined, scrape, exchange } = requested();
  scrape.cancel();
  joined.clock.advance(5);
  exchange.respond(OK);
  assert.equal(exchange.write(pattern(0, 10)), true);
  exchange.end();
  exchange.fail('target_timeout', 'late');
  joined.clock.advance(5);
  joined.assertNothingLeft();
});

test('a producer may fail the exchange from within writable()', () => {
  const { joined, scrape, exchange } = requested();
  exchange.observer = { writable: () => exchange.fail('body_too_large', 'too large'), failed: () => {} };
  exchange.respond(OK);
  exchange.write(pattern(0, 200_000));
  joined.clock.advance(50);
  assert.equal(scrape.failures[0]?.code, 'body_too_large');
  assert.deepEqual(joined.proxyEnds, []);
  joined.assertNothingLeft();
});
