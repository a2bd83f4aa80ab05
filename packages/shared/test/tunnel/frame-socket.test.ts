// The contract of FrameSocket, the same for the pair in memory, on which everything else is tested, and for the real ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentSession } from '@pullway/shared/protocol/agent-session';
import { MAX_WINDOW_BYTES } from '@pullway/shared/protocol/limits';
import { ProxySession } from '@pullway/shared/protocol/proxy-session';
import type { FrameSocketObserver } from '@pullway/shared/tunnel/frame-socket';
import { Tunnel } from '@pullway/shared/tunnel/tunnel';
import { HELLO, REQUEST } from '../support/joined-tunnels.ts';
import { PatternBody } from '../support/pattern-body.ts';
import { RecordingScrape } from '../support/recording-scrape.ts';
import { RecordingSocketObserver } from '../support/recording-socket-observer.ts';
import { connectByTcp, connectByTls, connectInMemory, type Connect, type SocketPair } from '../support/socket-pairs.ts';

const kinds: Readonly<Record<string, Connect>> = {
  'in memory': connectInMemory,
  'by WebSocket over TCP': connectByTcp,
  'by WebSocket over TLS': connectByTls,
};

interface Recorded {
  readonly pair: SocketPair;
  readonly agent: RecordingSocketObserver;
  readonly proxy: RecordingSocketObserver;
}

async function withPair(connect: Connect, run: (recorded: Recorded) => Promise<void>): Promise<void> {
  const agent = new RecordingSocketObserver();
  const proxy = new RecordingSocketObserver();
  const pair = await connect(agent, proxy);
  try {
    await run({ pair, agent, proxy });
  } finally {
    await pair.close();
  }
}

for (const [kind, connect] of Object.entries(kinds)) {
  test(`${kind}: messages arrive whole, unchanged and in order, both ways`, async () => {
    await withPair(connect, async ({ pair, agent, proxy }) => {
      const messages = [6, 7, 125, 126, 65_535, 65_536, 200_000].map((bytes, index) => Buffer.alloc(bytes, index + 1));
      for (const message of messages) pair.agent.send(Buffer.from(message));
      pair.proxy.batch(() => messages.forEach((message) => pair.proxy.send(Buffer.from(message))));
      await pair.until(() => agent.messages.length === 7 && proxy.messages.length === 7);
      assert.deepEqual(agent.messages, messages);
      assert.deepEqual(proxy.messages, messages);
    });
  });

  test(`${kind}: a socket whose peer does not read stops being writable, and says when it is again`, async () => {
    await withPair(connect, async ({ pair, agent, proxy }) => {
      pair.pauseProxy();
      let sent = 0;
      // More than any kernel holds for one connection would be a fault of the socket, not of the kernel.
      for (; sent < 10_000 && pair.agent.isWritable; sent += 1) {
        pair.agent.send(Buffer.alloc(64 * 1024, sent));
        await pair.until(() => true);
      }
      assert.ok(sent < 10_000 && agent.drains === 0);
      pair.resumeProxy();
      await pair.until(() => agent.drains > 0);
      assert.equal(pair.agent.isWritable, true);
      await pair.until(() => proxy.messages.length === sent);
      assert.ok(proxy.messages.every((message, index) => message[0] === index % 256));
    });
  });

  test(`${kind}: a close arrives after what was sent before it, with code and reason, once at each end`, async () => {
    await withPair(connect, async ({ pair, agent, proxy }) => {
      for (let i = 0; i < 20; i += 1) pair.proxy.send(Buffer.alloc(100_000, i));
      pair.proxy.close(4012, 'the replica stops: é');
      pair.proxy.close(4000, 'never told');
      pair.proxy.send(Buffer.from('never told'));
      await pair.until(() => agent.closes.length > 0 && proxy.closes.length > 0);
      assert.equal(agent.messages.length, 20);
      assert.deepEqual(agent.closes, [{ code: 4012, reason: 'the replica stops: é' }]);
      assert.equal(proxy.closes[0]?.code, 4012);
    });
  });

  test(`${kind}: a cut is told once at each end, as 1006`, async () => {
    await withPair(connect, async ({ pair, agent, proxy }) => {
      pair.agent.cut();
      pair.agent.cut();
      await pair.until(() => agent.closes.length > 0 && proxy.closes.length > 0);
      assert.deepEqual([agent.closes, proxy.closes], [[{ code: 1006, reason: '' }], [{ code: 1006, reason: '' }]]);
    });
  });

  test(`${kind}: after the end all methods do nothing`, async () => {
    await withPair(connect, async ({ pair, agent, proxy }) => {
      pair.agent.cut();
      await pair.until(() => agent.closes.length > 0 && proxy.closes.length > 0);
      for (const socket of [pair.agent, pair.proxy]) {
        socket.send(Buffer.from('never told'));
        socket.batch(() => socket.send(Buffer.from('never told')));
        socket.close(4000, 'never told');
        socket.cut();
      }
      await pair.until(() => true);
      assert.deepEqual([agent.closes.length, proxy.closes.length], [1, 1]);
      assert.deepEqual([agent.messages, proxy.messages], [[], []]);
    });
  });

  test(`${kind}: 300 MB through one exchange, with a reader that lags behind, pile up nowhere`, async () => {
    const totalBytes = 300_000_000;
    const ends = await joinTunnels(connect, totalBytes);
    const { pair, scrape } = ends;
    let mostOnTheWay = 0;
    await pair.until(() => {
      scrape.read(2 * 1024 * 1024);
      mostOnTheWay = Math.max(mostOnTheWay, (ends.body?.written ?? 0) - scrape.bytes + scrape.unread);
      return scrape.isOver && scrape.unread === 0;
    });
    assert.deepEqual([scrape.isComplete, scrape.bytes], [true, totalBytes]);
    assert.ok(scrape.mostUnread <= MAX_WINDOW_BYTES);
    // Everything that left the exporter and was not read yet, wherever it was: one window and the queue of the sender.
    assert.ok(mostOnTheWay <= MAX_WINDOW_BYTES + 512 * 1024, `${mostOnTheWay} bytes were on the way`);
    await pair.close();
  });
}

interface Joined {
  readonly pair: SocketPair;
  readonly scrape: RecordingScrape;
  body: PatternBody | undefined;
}

/** An agent that answers one scrape with `totalBytes`, and a proxy that has asked for it. */
async function joinTunnels(connect: Connect, totalBytes: number): Promise<Joined> {
  const relays = [new LateObserver(), new LateObserver()] as const;
  const pair = await connect(relays[0], relays[1]);
  const scrape = new RecordingScrape({ isEager: false });
  const joined: Joined = { pair, scrape, body: undefined };
  const common = { now: () => pair.now(), defer: (step: () => void) => pair.defer(step), ended: () => {} };
  const agent = new Tunnel({
    ...common,
    socket: pair.agent,
    createSession: (options) =>
      new AgentSession(HELLO, options, {
        welcomed: () => {},
        scrapeRequested: (exchange) => (joined.body = new PatternBody(exchange, totalBytes, 64 * 1024).start()),
        streamRequested: () => {},
        goingAway: () => {},
      }),
  });
  const proxy: Tunnel<ProxySession> = new Tunnel({
    ...common,
    socket: pair.proxy,
    createSession: (options) =>
      new ProxySession(options, {
        helloReceived: () => {
          proxy.session.welcome({ replica: 'r', tunnel: 't' });
          scrape.begin(proxy.session.openScrape(REQUEST, scrape));
        },
        targetsChanged: () => {},
        goingAway: () => {},
      }),
  });
  relays[0].observer = agent;
  relays[1].observer = proxy;
  agent.session.greet();
  return joined;
}

/** Stands in for a tunnel that is made only when its socket is there; nothing is sent before that. */
class LateObserver implements FrameSocketObserver {
  observer: FrameSocketObserver | undefined;

  received(message: Uint8Array): void {
    this.observer?.received(message);
  }

  drained(): void {
    this.observer?.drained();
  }

  closed(code: number, reason: string): void {
    this.observer?.closed(code, reason);
  }
}
