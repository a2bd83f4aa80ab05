import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIRST_WINDOW_BYTES } from '@pullway/shared/protocol/limits';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';
import { JoinedTunnels } from '../support/joined-tunnels.ts';
import { encodeFrame } from '../support/real-codec.ts';
import { StreamEnd } from '../support/stream-end.ts';

const HEAD = { deadlineMs: 10_000, address: 'client:9100' };

function opened(proxyBytes = 0, agentBytes = 0): { joined: JoinedTunnels; opener: StreamEnd; answerer: StreamEnd } {
  const joined = JoinedTunnels.established({ delayMs: 2 });
  const opener = new StreamEnd(proxyBytes);
  const answerer = new StreamEnd(agentBytes);
  opener.begin(joined.proxy.session.openStream(HEAD, opener));
  joined.clock.advance(5);
  const connect = joined.connects[0];
  assert.deepEqual(connect?.head, HEAD);
  connect.exchange.observer = answerer.begin(connect.exchange);
  return { joined, opener, answerer };
}

test('bytes flow both ways at once, each direction ends by itself, and nothing is left', () => {
  const { joined, opener, answerer } = opened(2_000_000, 3_000_000);
  answerer.exchange?.accept();
  joined.clock.advance(5);
  assert.equal(opener.isConnected, true);
  opener.writable();
  answerer.writable();
  joined.clock.advance(1000);
  assert.deepEqual([opener.bytes, opener.lasts, opener.failures], [3_000_000, 1, []]);
  assert.deepEqual([answerer.bytes, answerer.lasts, answerer.failures], [2_000_000, 1, []]);
  joined.assertNothingLeft();
});

test('a direction that has ended does not end the other', () => {
  const { joined, opener, answerer } = opened(0, 1_000_000);
  answerer.exchange?.accept();
  opener.writable();
  joined.clock.advance(20);
  assert.deepEqual([answerer.lasts, opener.exchange?.state], [1, 'opener_ended']);
  answerer.writable();
  joined.clock.advance(1000);
  assert.deepEqual([opener.bytes, opener.lasts], [1_000_000, 1]);
  joined.assertNothingLeft();
});

test('what is written before the exporter was reached waits', () => {
  const { joined, opener, answerer } = opened(50_000);
  opener.writable();
  joined.clock.advance(100);
  assert.equal(answerer.bytes, 0);
  answerer.exchange?.accept();
  joined.clock.advance(100);
  assert.deepEqual([answerer.bytes, answerer.lasts], [50_000, 1]);
});

test('an exporter that could not be reached fails the stream once', () => {
  const { joined, opener, answerer } = opened();
  answerer.exchange?.fail('target_unreachable', 'connect ECONNREFUSED');
  answerer.exchange?.fail('target_unreachable', 'again');
  answerer.exchange?.accept();
  joined.clock.advance(20);
  assert.deepEqual(opener.failures, [{ code: 'target_unreachable', message: 'connect ECONNREFUSED' }]);
  assert.deepEqual([opener.isConnected, answerer.failures], [false, []]);
  joined.assertNothingLeft();
});

test('a cancelled stream lets the exporter go, before and after it was reached', () => {
  for (const isAccepted of [false, true]) {
    const { joined, opener, answerer } = opened(1_000_000, 1_000_000);
    if (isAccepted) answerer.exchange?.accept();
    if (isAccepted) answerer.writable();
    joined.clock.advance(5);
    opener.exchange?.cancel('deadline_passed', 'too late');
    joined.clock.advance(100);
    assert.deepEqual(answerer.failures, [{ code: 'deadline_passed', message: 'too late' }]);
    assert.deepEqual(opener.failures, []);
    joined.assertNothingLeft();
  }
});

test('an answerer that cuts in the middle fails the opener, and queued bytes are dropped', () => {
  const { joined, opener, answerer } = opened(0, 50_000_000);
  answerer.exchange?.accept();
  answerer.writable();
  joined.clock.advance(3);
  answerer.exchange?.fail('target_protocol', 'reset');
  joined.clock.advance(100);
  assert.deepEqual(opener.failures, [{ code: 'target_protocol', message: 'reset' }]);
  assert.equal(opener.lasts, 0);
  joined.assertNothingLeft();
});

test('a lost tunnel fails both ends once', () => {
  const { joined, opener, answerer } = opened(1_000_000);
  answerer.exchange?.accept();
  opener.writable();
  joined.clock.advance(3);
  joined.link.break();
  assert.deepEqual(
    [opener.failures, answerer.failures].map((failures) => failures.map(({ code }) => code)),
    [['tunnel_lost'], ['tunnel_lost']],
  );
});

test('a reader that does not read holds the writer back after one window', () => {
  const { joined, answerer, opener } = opened(0, 10_000_000);
  opener.isReading = false;
  answerer.exchange?.accept();
  answerer.writable();
  joined.clock.advance(1000);
  assert.equal(opener.bytes, FIRST_WINDOW_BYTES);
});

test('frames of the wrong end are protocol errors', () => {
  const { joined } = opened();
  const agent = joined.agent.session;
  const proxy = joined.proxy.session;
  const failure = { type: 'failure', exchange: 1, code: 'target_tls', message: '' } as const;
  const cancel = { type: 'cancel', exchange: 1, code: 'scraper_gone', message: '' } as const;
  const connected = { type: 'connected', exchange: 1, windowBytes: 10 } as const;
  for (const [session, frame] of [
    [agent, failure],
    [agent, connected],
    [proxy, cancel],
    [agent, { type: 'data', exchange: 1, bytes: new Uint8Array(1), isEnd: false }],
    [proxy, { type: 'data', exchange: 1, bytes: new Uint8Array(1), isEnd: false }],
    [proxy, { type: 'credit', exchange: 1, bytes: 1 }],
    [
      proxy,
      {
        type: 'response',
        exchange: 1,
        head: { status: 200, reason: '', headers: [] },
        body: new Uint8Array(0),
        isEnd: true,
      },
    ],
  ] as const) {
    assert.throws(() => session.receive(encodeFrame(frame)), ProtocolError, frame.type);
  }
});
