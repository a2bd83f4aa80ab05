// Exporters of the tests' own, in the process of the test: what they answer is the test's choice, and they remember who asked.

import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { resetConnection } from './reset.ts';

const LOOPBACK = '127.0.0.1';

export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

interface ListeningAt {
  readonly host: string;
  readonly port: number;
}

export class RunningExporter {
  readonly host: string;
  readonly port: number;
  readonly #sockets: ReadonlySet<Socket>;
  readonly #requests: readonly IncomingMessage[];

  constructor({ host, port }: ListeningAt, sockets: ReadonlySet<Socket>, requests: readonly IncomingMessage[]) {
    this.host = host;
    this.port = port;
    this.#sockets = sockets;
    this.#requests = requests;
  }

  /** `127.0.0.1:PORT`, unless it has another host. */
  get hostPort(): string {
    return `${this.host}:${this.port}`;
  }

  /** Every request so far, the newest last. */
  get requests(): readonly IncomingMessage[] {
    return this.#requests;
  }

  /** TCP connections that are open. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Resets every connection, as a process that is killed does. */
  cutConnections(): void {
    for (const socket of this.#sockets) resetConnection(socket);
  }
}

/** An exporter that answers with `listener`. It ends with `test`. */
export function runExporter(
  test: TestContext,
  listener: RequestListener = answerUp,
  host = LOOPBACK,
): Promise<RunningExporter> {
  return run(test, createHttpServer({ keepAliveTimeout: 0 }), { listener, host });
}

/** The same over TLS. */
export function runTlsExporter(
  test: TestContext,
  tls: ServerOptions,
  listener: RequestListener = answerUp,
  host = LOOPBACK,
): Promise<RunningExporter> {
  return run(test, createHttpsServer({ keepAliveTimeout: 0, ...tls }), { listener, host });
}

/** Answers with one sample, `exporter_up 1`. */
export const answerUp: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': TEXT_FORMAT });
  response.end('# TYPE exporter_up gauge\nexporter_up 1\n');
};

/** Never answers. */
export const answerNothing: RequestListener = () => undefined;

async function run(
  test: TestContext,
  server: Server,
  { listener, host }: { readonly listener: RequestListener; readonly host: string },
): Promise<RunningExporter> {
  const sockets = new Set<Socket>();
  const requests: IncomingMessage[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request: IncomingMessage) => requests.push(request));
  server.on('request', listener);
  server.listen(0, host);
  await once(server, 'listening');
  test.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has an address with a port');
  return new RunningExporter({ host, port: address.port }, sockets, requests);
}
