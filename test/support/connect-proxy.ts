// An HTTP proxy of the tests' own that knows CONNECT and nothing else, and remembers what it was asked.

import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { listenLocally } from './listen.ts';

export interface RunningConnectProxy {
  readonly port: number;
  /** Every CONNECT so far, with its fields. */
  readonly requests: readonly IncomingMessage[];
}

/** Ends with `test`, and cuts what it carries then. */
export async function runConnectProxy(test: TestContext): Promise<RunningConnectProxy> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    requests.push(request);
    const [host, port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on('error', () => each.destroy());
    }
  });
  test.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: await listenLocally(server), requests };
}
