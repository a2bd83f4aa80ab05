// An exporter made of bare sockets: what it answers, and how badly, is written out byte by byte in the test.

import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { listenLocally } from './listen.ts';

/** Answers one request, of which `head` is everything up to the blank line. */
export type RawAnswerer = (socket: Socket, head: string) => void;

export class RawExporter {
  readonly port: number;
  /** Heads of the requests that came, oldest first. */
  readonly requests: readonly string[];
  readonly #connections: ReadonlySet<Socket>;

  constructor(port: number, requests: readonly string[], connections: ReadonlySet<Socket>) {
    this.port = port;
    this.requests = requests;
    this.#connections = connections;
  }

  get openConnections(): number {
    return this.#connections.size;
  }
}

/** Listens on a free port of 127.0.0.1 until the test is over. */
export async function startRawExporter(test: TestContext, answer: RawAnswerer): Promise<RawExporter> {
  const connections = new Set<Socket>();
  const requests: string[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        requests.push(head);
        answer(socket, head);
      }
    });
  });
  const port = await listenLocally(server);
  test.after(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  return new RawExporter(port, requests, connections);
}
