// An exporter made of bare sockets at 127.0.0.1: what it answers is written out byte by byte in the test.

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** Answers one request, of which `head` is everything up to the blank line. */
type Answerer = (socket: Socket, head: string) => void;

export interface RawExporter {
  readonly port: number;
  /** Heads of the requests that came, oldest first. */
  readonly heads: readonly string[];
  /** Connections that are open. */
  readonly connections: ReadonlySet<Socket>;
  /** Connections that were ever opened. */
  readonly accepted: () => number;
}

/** Runs until the test is over; over TLS where `tls` is given. */
export async function startExporter(t: TestContext, answer: Answerer, tls?: TlsOptions): Promise<RawExporter> {
  const heads: string[] = [];
  const connections = new Set<Socket>();
  let accepted = 0;
  const accept = (socket: Socket): void => {
    accepted += 1;
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        heads.push(head);
        answer(socket, head);
      }
    });
  };
  const server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  const port = await listen(server);
  t.after(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  return { port, heads, connections, accepted: () => accepted };
}

export interface ByteExporter extends Pick<RawExporter, 'port' | 'connections'> {
  /** Bytes that came, on all connections. */
  readonly bytes: () => number;
  /** Whether a peer has sent all it had to. */
  readonly hasEnded: () => boolean;
}

/** Takes bytes that mean nothing to it until the test is over, and sends none by itself. */
export async function startByteExporter(t: TestContext): Promise<ByteExporter> {
  const connections = new Set<Socket>();
  let bytes = 0;
  let hasEnded = false;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (part: Buffer) => (bytes += part.length));
    socket.once('end', () => (hasEnded = true));
  });
  const port = await listen(server);
  t.after(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  return { port, connections, bytes: () => bytes, hasEnded: () => hasEnded };
}

/** A port of 127.0.0.1 where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
