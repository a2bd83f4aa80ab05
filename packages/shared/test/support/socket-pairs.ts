// Pairs of FrameSockets of every kind, for the one contract suite: in memory with simulated time, and `ws` over loopback, plain
// and over TLS. TLS works with a pre-shared key, so that no certificate has to be made.

import { once } from 'node:events';
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws';
import { MAX_FRAME_BYTES } from '@pullway/shared/protocol/limits';
import type { FrameSocket, FrameSocketObserver } from '@pullway/shared/tunnel/frame-socket';
import { WebSocketFrames } from '@pullway/shared/tunnel/web-socket';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedLink } from './simulated-link.ts';

export interface SocketPair {
  /** The end of the agent, which dials and masks. */
  readonly agent: FrameSocket;
  readonly proxy: FrameSocket;
  now(): number;
  /** Runs a step at the end of this turn, as a Tunnel wants it. */
  defer(step: () => void): void;
  /** Lets time pass until `isDone`. @throws Error when that takes longer than any test should. */
  until(isDone: () => boolean): Promise<void>;
  /** Stops and starts reading at the end of the proxy, for tests of what piles up. */
  pauseProxy(): void;
  resumeProxy(): void;
  close(): Promise<void>;
}

export interface WebSocketPair extends SocketPair {
  /** The agent's WebSocket itself, to send what a FrameSocket never would. */
  readonly agentWebSocket: WebSocket;
  readonly agentConnection: Duplex;
  /** What the proxy's connection received after the upgrade, decrypted: the bytes of WebSocket frames. */
  readonly received: readonly Buffer[];
}

export type Connect<Pair = SocketPair> = (agent: FrameSocketObserver, proxy: FrameSocketObserver) => Promise<Pair>;

const PATIENCE_MS = 20_000;
const PSK = Buffer.alloc(16, 7);
const TLS = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;

export const connectInMemory: Connect = async (agent, proxy) => {
  const clock = new SimulatedClock();
  const link = new SimulatedLink({ clock, delayMs: 1, bytesPerMs: 100_000 });
  link.left.observe(agent);
  link.right.observe(proxy);
  return {
    agent: link.left,
    proxy: link.right,
    now: () => clock.now(),
    defer: (step) => void clock.after(0, step),
    until: async (isDone) => {
      const end = clock.now() + PATIENCE_MS;
      while (!isDone()) {
        if (clock.now() > end) throw new Error('it did not come about');
        clock.advance(1);
        await nextTurn();
      }
    },
    pauseProxy: () => (link.isStalled = true),
    resumeProxy: () => link.resume(),
    close: async () => {},
  };
};

export const connectByTcp: Connect<WebSocketPair> = (agent, proxy) =>
  connectWebSockets(createPlainServer(), 'ws', {}, { agent, proxy });

export const connectByTls: Connect<WebSocketPair> = (agent, proxy) => {
  const server = createTlsServer({ ...TLS, pskCallback: () => PSK });
  const options: ClientOptions = {
    // As the agent dials: over TLS `ws` is handed a zero key, which it recognises and skips.
    generateMask: (mask) => mask.fill(0),
    createConnection: connectByKey,
  };
  return connectWebSockets(server, 'wss', options, { agent, proxy });
};

/** `ws` calls it with one object; Node's type has other ways to call too. */
function connectByKey(options: unknown): Socket {
  return connectTls({
    ...(options as object),
    ...TLS,
    pskCallback: () => ({ psk: PSK, identity: 'agent' }),
    checkServerIdentity: () => undefined,
  });
}

interface Observers {
  readonly agent: FrameSocketObserver;
  readonly proxy: FrameSocketObserver;
}

async function connectWebSockets(
  server: Server,
  scheme: 'ws' | 'wss',
  options: ClientOptions,
  observers: Observers,
): Promise<WebSocketPair> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = acceptOne(server, observers.proxy);
  const url = `${scheme}://127.0.0.1:${portOf(server)}/tunnel`;
  const dialled = await dial(url, options, observers.agent);
  const { frames, connection, received } = await accepted;
  return {
    agent: dialled.frames,
    agentWebSocket: dialled.webSocket,
    agentConnection: dialled.connection,
    proxy: frames,
    received,
    now: () => performance.now(),
    defer: setImmediate,
    until: untilReal,
    pauseProxy: () => connection.pause(),
    resumeProxy: () => connection.resume(),
    close: async () => {
      dialled.frames.cut();
      frames.cut();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Accepted {
  readonly frames: WebSocketFrames;
  readonly connection: Duplex;
  readonly received: Buffer[];
}

function acceptOne(server: Server, observer: FrameSocketObserver): Promise<Accepted> {
  const webSocketServer = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    clientTracking: false,
  });
  return new Promise((resolve) => {
    server.once('upgrade', (request, connection, head) => {
      const received: Buffer[] = [];
      connection.on('data', (bytes: Buffer) => {
        // Masks stand in the first bytes; a test that sends 300 MB need not keep them all.
        if (received.length < 10) received.push(bytes);
      });
      webSocketServer.handleUpgrade(request, connection, head, (webSocket) => {
        const frames = new WebSocketFrames(webSocket, connection);
        frames.observe(observer);
        resolve({ frames, connection, received });
      });
    });
  });
}

interface Dialled {
  readonly frames: WebSocketFrames;
  readonly webSocket: WebSocket;
  readonly connection: Duplex;
}

async function dial(url: string, options: ClientOptions, observer: FrameSocketObserver): Promise<Dialled> {
  const webSocket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES, ...options });
  return new Promise((resolve, reject) => {
    webSocket.once('error', reject);
    let connection: Duplex;
    webSocket.once('upgrade', (response) => (connection = response.socket));
    webSocket.once('open', () => {
      const frames = new WebSocketFrames(webSocket, connection);
      frames.observe(observer);
      resolve({ frames, webSocket, connection });
    });
  });
}

function portOf(server: Server): number {
  // A server that listens on TCP has no other kind of address.
  return (server.address() as AddressInfo).port;
}

async function untilReal(isDone: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isDone()) {
    if (performance.now() > end) throw new Error('it did not come about');
    await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
