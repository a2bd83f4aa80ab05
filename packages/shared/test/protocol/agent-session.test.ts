import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';
import { JoinedTunnels, REQUEST } from '../support/joined-tunnels.ts';
import { encodeFrame } from '../support/real-codec.ts';

test('one request more than the agent takes is refused, and those that run go on', () => {
  const joined = JoinedTunnels.established({ hello: { maxExchanges: 2 } });
  for (const exchange of [1, 2, 3]) {
    joined.agent.session.receive(encodeFrame({ type: 'request', exchange, windowBytes: 10, head: REQUEST }));
  }
  const head = { deadlineMs: 1, address: 'a:1' };
  joined.agent.session.receive(encodeFrame({ type: 'connect', exchange: 4, windowBytes: 10, head }));
  assert.deepEqual([joined.requests.length, joined.connects.length], [2, 0]);
  assert.equal(joined.agent.session.openExchanges, 2);
  const refusals = [joined.agent.session.nextFrame(), joined.agent.session.nextFrame()];
  const text = Buffer.concat(refusals.map((frame) => frame ?? Buffer.alloc(0))).toString();
  assert.equal(text.match(/already has 2 scrapes in flight/g)?.length, 2);
});

test('a number that is used twice is a protocol error', () => {
  const { agent } = JoinedTunnels.established();
  const request = encodeFrame({ type: 'request', exchange: 1, windowBytes: 10, head: REQUEST });
  agent.session.receive(request);
  assert.throws(() => agent.session.receive(request), ProtocolError);
});

test('a proxy that chooses a version which the agent does not speak is left for good', () => {
  const joined = new JoinedTunnels({ helloReceived: () => {} });
  const welcome = { version: 2, features: [], replica: 'r', tunnel: 't' };
  assert.throws(
    () => joined.agent.session.receive(encodeFrame({ type: 'welcome', welcome })),
    (error) => error instanceof ProtocolError && error.closeName === 'no_common_version',
  );
});

test('a window larger than any can be is a protocol error', () => {
  for (const type of ['request', 'connect'] as const) {
    const { agent } = JoinedTunnels.established();
    const frame = encodeFrame({ type, exchange: 1, windowBytes: 2 ** 32 - 1, head: REQUEST });
    assert.throws(() => agent.session.receive(frame), ProtocolError);
  }
});

test('targets that pile up behind a proxy that does not read end the tunnel before they fill the memory', () => {
  const joined = JoinedTunnels.established();
  joined.link.right.queuedBytes = Infinity;
  for (let i = 0; i < 1100; i += 1) joined.agent.session.announce({ snapshot: false, add: [], remove: [1] });
  joined.clock.advance(2000);
  assert.equal(joined.agentEnds[0]?.code ?? joined.proxyEnds[0]?.code, 4000);
});
