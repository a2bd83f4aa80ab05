// A WebSocket endpoint on loopback, over TCP or TLS, that shows what a dialer sends; and a plain HTTP proxy before it.

import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer, type ServerOptions } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { SUBPROTOCOL } from '@pullway/shared/protocol/handshake';

export interface AcceptedWebSocket {
  readonly webSocket: WebSocket;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
}

interface EndpointOptions {
  readonly tls?: ServerOptions;
  /** Undefined: the one that agents ask for. False: none. */
  readonly subprotocol?: false;
  /** Called with each WebSocket as soon as there is one. */
  readonly accepted?: (accepted: AcceptedWebSocket) => void;
}

/** Opens the endpoint until the end of the test; `url` is what a dialer is given. */
export async function openTestEndpoint(t: TestContext, options: EndpointOptions = {}): Promise<URL> {
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: () => (options.subprotocol === false ? false : SUBPROTOCOL),
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => {});
      options.accepted?.({ webSocket, request, socket });
    });
  });
  const port = await listen(t, server);
  return new URL(`${options.tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}/tunnel`);
}

/** An HTTP server that knows no WebSockets. */
export async function openHttpServer(t: TestContext, answer: RequestListener): Promise<URL> {
  return new URL(`ws://127.0.0.1:${await listen(t, createServer(answer))}/tunnel`);
}

/** A server that takes connections and says nothing. */
export async function openSilentServer(t: TestContext): Promise<URL> {
  const server = createServer({ requestTimeout: 0, headersTimeout: 0 }, () => {});
  return new URL(`ws://127.0.0.1:${await listen(t, server)}/tunnel`);
}

/** An HTTP proxy for CONNECT; `asked` gets what it was asked for. */
export async function openConnectProxy(t: TestContext, asked: string[]): Promise<string> {
  const server = createServer();
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    asked.push(request.url ?? '');
    const [host = '', port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    t.after(() => upstream.destroy());
  });
  return `http://127.0.0.1:${await listen(t, server)}`;
}

/** A closed port: it was just free. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const port = portOf(server);
  server.close();
  return port;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export async function fetchFrom(port: number, path: string, method = 'GET'): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  httpRequest({ host: '127.0.0.1', port, path, method, agent: false }, resolve).on('error', reject).end();
  const response = await promise;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

async function listen(t: TestContext, server: Server | TlsServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
}

function portOf(server: Server | TlsServer): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
