// What only a WebSocket can do wrong. The contract that it shares with other sockets is in frame-socket.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_FRAME_BYTES } from '@pullway/shared/protocol/limits';
import { RecordingSocketObserver } from '../support/recording-socket-observer.ts';
import { connectByTcp, connectByTls, type Connect, type WebSocketPair } from '../support/socket-pairs.ts';

interface Recorded {
  readonly pair: WebSocketPair;
  readonly agent: RecordingSocketObserver;
  readonly proxy: RecordingSocketObserver;
}

async function withPair(connect: Connect<WebSocketPair>, run: (recorded: Recorded) => Promise<void>): Promise<void> {
  const agent = new RecordingSocketObserver();
  const proxy = new RecordingSocketObserver();
  const pair = await connect(agent, proxy);
  try {
    await run({ pair, agent, proxy });
  } finally {
    await pair.close();
  }
}

/** Mask keys of the short frames that the proxy received. */
function masksOf(pair: WebSocketPair): string[] {
  const bytes = Buffer.concat(pair.received);
  const masks: string[] = [];
  for (let at = 0; at < bytes.length; at += 6 + (bytes.readUInt8(at + 1) & 0x7f)) {
    assert.equal(bytes.readUInt8(at + 1) & 0x80, 0x80, 'a client must mask');
    masks.push(bytes.toString('hex', at + 2, at + 6));
  }
  return masks;
}

test('over TLS the keys that mask are zero, over TCP they are random', async () => {
  for (const connect of [connectByTcp, connectByTls]) {
    await withPair(connect, async ({ pair, proxy }) => {
      for (let i = 0; i < 3; i += 1) pair.agent.send(Buffer.from(`frame ${i}`));
      await pair.until(() => proxy.messages.length === 3);
      const masks = masksOf(pair);
      assert.equal(masks.length, 3);
      if (connect === connectByTls) assert.deepEqual(masks, ['00000000', '00000000', '00000000']);
      else assert.equal(new Set([...masks, '00000000']).size, 4);
    });
  }
});

test('a frame is not changed by being masked', async () => {
  await withPair(connectByTcp, async ({ pair, proxy }) => {
    const frame = Buffer.from('a frame whose chunk may be in use elsewhere');
    const before = frame.toString();
    pair.agent.send(frame);
    await pair.until(() => proxy.messages.length === 1);
    assert.equal(frame.toString(), before);
  });
});

test('a text message closes the connection with 4000, and nothing after it is told', async () => {
  await withPair(connectByTcp, async ({ pair, agent, proxy }) => {
    pair.agentWebSocket.send('text');
    pair.agentWebSocket.send(Buffer.from('too late'));
    await pair.until(() => agent.closes.length > 0 && proxy.closes.length > 0);
    assert.deepEqual(agent.closes, [{ code: 4000, reason: 'text message' }]);
    assert.deepEqual(proxy.messages, []);
  });
});

test('a message of the longest frame passes, one byte more closes the connection with 1009', async () => {
  await withPair(connectByTcp, async ({ pair, agent, proxy }) => {
    pair.agent.send(Buffer.alloc(MAX_FRAME_BYTES));
    await pair.until(() => proxy.messages.length === 1);
    pair.agent.send(Buffer.alloc(MAX_FRAME_BYTES + 1));
    await pair.until(() => agent.closes.length > 0 && proxy.closes.length > 0);
    assert.equal(agent.closes[0]?.code, 1009);
    assert.equal(proxy.messages.length, 1);
  });
});

test('a message in fragments that is too long as a whole closes the connection with 1009', async () => {
  await withPair(connectByTcp, async ({ pair, agent, proxy }) => {
    for (let i = 0; i < 5; i += 1) pair.agentWebSocket.send(Buffer.alloc(60_000), { fin: i === 4 });
    await pair.until(() => agent.closes.length > 0 && proxy.closes.length > 0);
    assert.equal(agent.closes[0]?.code, 1009);
    assert.deepEqual(proxy.messages, []);
  });
});

// A reason beyond 123 bytes made `ws` throw, in the middle of handling a fault of the peer.
test('a long reason is cut after a whole character, at 123 bytes', async () => {
  await withPair(connectByTcp, async ({ pair, agent }) => {
    pair.proxy.close(4000, `a${'é'.repeat(100)}`);
    await pair.until(() => agent.closes.length > 0);
    assert.deepEqual(agent.closes, [{ code: 4000, reason: `a${'é'.repeat(61)}` }]);
  });
});

test('a close without a code is told as 1006', async () => {
  await withPair(connectByTcp, async ({ pair, proxy }) => {
    pair.agentWebSocket.close();
    await pair.until(() => proxy.closes.length > 0);
    assert.deepEqual(proxy.closes, [{ code: 1006, reason: '' }]);
  });
});

test('bytes that are no WebSocket frame end the connection, once for each end', async () => {
  await withPair(connectByTcp, async ({ pair, agent, proxy }) => {
    pair.agentConnection.write('GET /metrics HTTP/1.1\r\n\r\n');
    await pair.until(() => agent.closes.length > 0 && proxy.closes.length > 0);
    assert.deepEqual([agent.closes.length, proxy.closes.length, proxy.messages.length], [1, 1, 0]);
  });
});

test('a peer that does not answer a close is cut after five seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await withPair(connectByTcp, async ({ pair, agent, proxy }) => {
    pair.pauseProxy();
    pair.agent.close(4012, 'draining');
    t.mock.timers.tick(4_999);
    await pair.until(() => true);
    assert.equal(agent.closes.length, 0);
    t.mock.timers.tick(1);
    await pair.until(() => agent.closes.length > 0);
    assert.deepEqual([agent.closes, proxy.closes], [[{ code: 1006, reason: '' }], []]);
  });
});
