// A WebSocket server that agents take for a proxy. What it says to them is the test's choice.

import { createServer, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { encodeJson } from '@pullway/shared/protocol/encode';
import { listenLocally } from './listen.ts';
import { TunnelPeer } from './tunnel-peer.ts';

export interface RogueProxy {
  readonly port: number;
  /** Tunnels that agents have opened so far. */
  readonly accepted: number;
  /** The next tunnel that an agent opens, or the oldest that was not asked for yet. */
  nextTunnel(): Promise<TunnelPeer>;
}

/** Listens on a free port of 127.0.0.1 until the test is over. */
export async function startRogueProxy(test: TestContext): Promise<RogueProxy> {
  const server = createServer();
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const tunnels: TunnelPeer[] = [];
  const waiting: ((tunnel: TunnelPeer) => void)[] = [];
  let accepted = 0;
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      accepted += 1;
      const tunnel = new TunnelPeer(webSocket);
      const waiter = waiting.shift();
      if (waiter === undefined) tunnels.push(tunnel);
      else waiter(tunnel);
    });
  });
  const port = await listenLocally(server);
  test.after(() => {
    server.close();
    for (const webSocket of webSockets.clients) webSocket.terminate();
  });
  return {
    port,
    get accepted() {
      return accepted;
    },
    nextTunnel: async () => tunnels.shift() ?? new Promise((resolve) => waiting.push(resolve)),
  };
}

/** WELCOME with fields that replace those of a proper one. */
export function welcomeFrame(fields: Readonly<Record<string, unknown>> = {}): Uint8Array {
  return encodeJson('welcome', { version: 1, features: [], replica: 'rogue', tunnel: 't1', ...fields });
}
