import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeReconcile } from '@pullway/shared/protocol/encode';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';
import { HELLO, JoinedTunnels, REQUEST } from '../support/joined-tunnels.ts';
import { PatternBody } from '../support/pattern-body.ts';
import { encodeFrame } from '../support/real-codec.ts';
import { RecordingScrape } from '../support/recording-scrape.ts';

test('HELLO and WELCOME establish both ends, and each learns the round trip', () => {
  const joined = new JoinedTunnels({ delayMs: 25 });
  joined.clock.advance(200);
  assert.deepEqual(joined.welcomes, [{ version: 1, features: [], replica: 'r-1', tunnel: 't-1' }]);
  assert.equal(joined.proxy.session.minRoundTripMs, 50);
  assert.equal(joined.agent.session.minRoundTripMs, 50);
  joined.assertNothingLeft();
});

test('an agent of the future that also speaks version 1 is welcome', () => {
  const joined = JoinedTunnels.established({ hello: { versions: [3, 2, 1], features: ['x'] } });
  assert.equal(joined.welcomes[0]?.version, 1);
});

test('an agent without a common version is told so and stays away', () => {
  const joined = new JoinedTunnels({ hello: { versions: [2] } });
  joined.clock.advance(10);
  assert.equal(joined.agentEnds[0]?.code, 4005);
  assert.match(joined.agentEnds[0].reason, /speaks 2, this replica 1/);
});

test('an agent that never says HELLO is closed after ten seconds', () => {
  const joined = new JoinedTunnels({ helloReceived: () => {} });
  joined.clock.advance(9_999);
  assert.equal(joined.proxyEnds.length, 0);
  joined.clock.advance(2_000);
  assert.equal(joined.proxyEnds[0]?.code, 4008);
});

test('frames before the handshake is over are a protocol error', () => {
  for (const frame of [
    { type: 'ping', token: new Uint8Array(8) },
    { type: 'targets', announcement: { snapshot: true, more: false, add: [], remove: [] } },
    { type: 'data', exchange: 1, bytes: new Uint8Array(0), isEnd: true },
  ] as const) {
    const joined = new JoinedTunnels({ helloReceived: () => {} });
    assert.throws(() => joined.proxy.session.receive(encodeFrame(frame)), ProtocolError);
  }
});

test('a second HELLO and a second WELCOME are protocol errors', () => {
  const { proxy, agent } = JoinedTunnels.established();
  assert.throws(() => proxy.session.receive(encodeFrame({ type: 'hello', hello: HELLO })), ProtocolError);
  const welcome = { version: 1, features: [], replica: 'r', tunnel: 't' };
  assert.throws(() => agent.session.receive(encodeFrame({ type: 'welcome', welcome })), ProtocolError);
  assert.throws(() => proxy.session.welcome({ replica: 'r', tunnel: 't' }), ProtocolError);
});

test('frames that only the other role sends are protocol errors', () => {
  const { proxy, agent } = JoinedTunnels.established();
  const announcement = { snapshot: true, more: false, add: [], remove: [] };
  assert.throws(() => agent.session.receive(encodeFrame({ type: 'targets', announcement })), ProtocolError);
  assert.throws(() => agent.session.receive(encodeFrame({ type: 'hello', hello: HELLO })), ProtocolError);
  const request = { type: 'request', exchange: 1, windowBytes: 1, head: REQUEST } as const;
  assert.throws(() => proxy.session.receive(encodeFrame(request)), ProtocolError);
});

test('an unknown frame that is marked optional changes nothing, one that is not closes the tunnel', () => {
  const joined = JoinedTunnels.established();
  joined.link.right.send(Buffer.from([0x70, 0x80, 0, 0, 0, 9, 1, 2, 3]));
  joined.clock.advance(10);
  assert.equal(joined.proxyEnds.length, 0);
  joined.link.right.send(Buffer.from([0x70, 0, 0, 0, 0, 9, 1, 2, 3]));
  joined.clock.advance(10);
  assert.equal(joined.agentEnds[0]?.code, 4000);
});

test('a silent tunnel is kept alive for hours by both ends', () => {
  const joined = JoinedTunnels.established({ delayMs: 40 });
  const before = joined.link.left.framesSent;
  joined.clock.advance(3 * 3_600_000);
  assert.deepEqual([joined.proxyEnds, joined.agentEnds], [[], []]);
  const perMinute = (joined.link.left.framesSent - before) / 180;
  assert.ok(perMinute < 20, `${perMinute} frames a minute on an idle tunnel`);
});

// The only measurement was that of the handshake, made while both processes were starting up; windows grew far beyond the distance.
test('the round trip is measured again and again while exchanges are open', () => {
  const joined = JoinedTunnels.established({ delayMs: 40 });
  const framesIn5s = (): number => {
    const before = joined.link.left.framesSent;
    joined.clock.advance(5_000);
    return joined.link.left.framesSent - before;
  };
  assert.ok(framesIn5s() <= 1, 'an idle tunnel needs no measurement');
  const scrape = new RecordingScrape();
  scrape.begin(joined.proxy.session.openScrape(REQUEST, scrape));
  assert.ok(framesIn5s() >= 4);
});

test('both ends find within 30 s that nothing comes through any more, and what runs fails once', () => {
  const joined = JoinedTunnels.established({ delayMs: 5 });
  const scrape = new RecordingScrape();
  scrape.begin(joined.proxy.session.openScrape(REQUEST, scrape));
  joined.clock.advance(20);
  const body = new PatternBody(joined.requests[0]!.exchange, 1e6);
  joined.link.isSwallowing = true;
  body.start();
  joined.clock.advance(29_000);
  assert.deepEqual([joined.proxyEnds, joined.agentEnds], [[], []]);
  joined.clock.advance(3_000);
  assert.deepEqual(joined.proxyEnds, [{ code: 1006, reason: 'the other end was silent for too long' }]);
  assert.equal(joined.agentEnds.length, 1);
  assert.deepEqual(
    [scrape.failures, body.failures].map((failures) => failures.map(({ code }) => code)),
    [['tunnel_lost'], ['tunnel_lost']],
  );
  assert.equal(joined.proxy.session.openExchanges + joined.agent.session.openExchanges, 0);
});

test('an agent that forgot an exchange makes the proxy end it within a minute', () => {
  const joined = JoinedTunnels.established();
  const scrape = new RecordingScrape();
  scrape.begin(joined.proxy.session.openScrape(REQUEST, scrape));
  // The request never arrives: a fault of the agent's end, as if it had lost the exchange.
  joined.link.isSwallowing = true;
  joined.clock.advance(1);
  joined.link.isSwallowing = false;
  joined.clock.advance(1);
  assert.deepEqual([joined.proxy.session.openExchanges, joined.agent.session.openExchanges], [1, 0]);
  joined.agent.session.receive(encodeReconcile(1, [1]));
  joined.proxy.session.receive(encodeReconcile(1, []));
  assert.equal(scrape.failures[0]?.code, 'tunnel_lost');
  joined.assertNothingLeft();
});

// The agent kept an exchange whose number was beyond what the proxy said it had opened.
test('a proxy that forgot an exchange makes the agent end it within a minute', () => {
  const joined = JoinedTunnels.established();
  const request = { type: 'request', exchange: 1, windowBytes: 1000, head: REQUEST } as const;
  joined.agent.session.receive(encodeFrame(request));
  const body = new PatternBody(joined.requests[0]!.exchange, 10);
  assert.equal(joined.agent.session.openExchanges, 1);
  joined.clock.advance(61_000);
  assert.equal(joined.agent.session.openExchanges, 0);
  assert.equal(body.failures[0]?.code, 'tunnel_lost');
});

test('reconciliation harms nothing that runs, however frames cross', () => {
  const joined = JoinedTunnels.established({ delayMs: 700, bytesPerMs: 50 });
  const scrapes: RecordingScrape[] = [];
  // A scrape every second through four rounds of reconciliation, each longer than one.
  for (let second = 0; second < 240; second += 1) {
    const scrape = new RecordingScrape();
    scrapes.push(scrape.begin(joined.proxy.session.openScrape(REQUEST, scrape)));
    joined.clock.advance(1000);
    for (const { exchange } of joined.requests.splice(0)) new PatternBody(exchange, 20_000).start();
  }
  joined.clock.advance(10_000);
  for (const { exchange } of joined.requests.splice(0)) new PatternBody(exchange, 20_000).start();
  joined.clock.advance(10_000);
  assert.deepEqual(
    scrapes.filter(({ isComplete, bytes }) => !isComplete || bytes !== 20_000),
    [],
  );
  joined.assertNothingLeft();
});

test('GOAWAY reaches the other end, nothing new is opened, and what runs is finished', () => {
  const joined = JoinedTunnels.established();
  const scrape = new RecordingScrape();
  scrape.begin(joined.proxy.session.openScrape(REQUEST, scrape));
  joined.agent.session.sendGoAway({ reason: 'stopping', reconnectAfterMs: 0 });
  joined.clock.advance(5);
  assert.deepEqual(joined.goAways, [{ reason: 'stopping', reconnectAfterMs: 0 }]);
  assert.deepEqual([joined.proxy.session.isPeerLeaving, joined.proxy.session.hasRoom], [true, false]);
  new PatternBody(joined.requests[0]!.exchange, 100_000).start();
  joined.clock.advance(5);
  assert.equal(scrape.isComplete, true);
  joined.assertNothingLeft();
});

// GOAWAY before WELCOME was a protocol error at the other end.
test('GOAWAY before the handshake is over is not sent', () => {
  const joined = new JoinedTunnels({ helloReceived: () => {} });
  joined.proxy.session.sendGoAway({ reason: 'stopping', reconnectAfterMs: 0 });
  joined.clock.advance(5);
  assert.deepEqual(joined.agentEnds, []);
});

test('a peer that floods with PING and reads no PONG is closed before the answers fill the memory', () => {
  const { proxy } = JoinedTunnels.established();
  const ping = encodeFrame({ type: 'ping', token: new Uint8Array(8) });
  let sent = 0;
  assert.throws(() => {
    for (; sent < 1e6; sent += 1) proxy.session.receive(ping);
  }, ProtocolError);
  assert.ok(sent < 400_000, `${sent} answers were queued`);
});

test('losing a session twice fails each exchange once, and opens nothing more', () => {
  const { proxy } = JoinedTunnels.established();
  const scrape = new RecordingScrape();
  scrape.begin(proxy.session.openScrape(REQUEST, scrape));
  assert.equal(proxy.session.hasRoom, true);
  proxy.session.lose('gone');
  proxy.session.lose('gone again');
  assert.deepEqual(scrape.failures, [{ code: 'tunnel_lost', message: 'gone' }]);
  // A retry that was opened on a tunnel while it broke would never have ended.
  assert.equal(proxy.session.hasRoom, false);
});

test('exchanges of one tunnel go on past the last number', () => {
  const joined = JoinedTunnels.established();
  const last = 2 ** 32 - 1;
  // The agent takes any rising number, so the proxy of this test begins shortly before the last.
  for (const exchange of [2 ** 31 - 1, last - 1, last, 1, 2]) {
    joined.agent.session.receive(encodeFrame({ type: 'request', exchange, windowBytes: 10, head: REQUEST }));
  }
  assert.deepEqual(
    joined.requests.map(({ exchange }) => exchange.id),
    [2 ** 31 - 1, last - 1, last, 1, 2],
  );
  joined.agent.session.receive(encodeReconcile(2, [1]));
  assert.deepEqual(
    joined.requests.map(({ exchange }) => exchange.isOver),
    [true, true, true, false, true],
  );
});
