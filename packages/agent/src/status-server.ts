// The agent's own HTTP server: health, metrics, what it scrapes. On plain node:http, since a framework costs an agent several megabytes.
// It knows pages by path; what they say comes from the status pages. Scrapes of targets never pass here.

import type * as http from 'node:http';
import { createRequire } from 'node:module';
import { localHost, type ListenAddress } from '@pullway/shared/config/listen-address';
import {
  MAX_STATUS_CONNECTIONS,
  MAX_STATUS_HEADER_BYTES,
  STATUS_KEEP_ALIVE_MS,
  STATUS_REQUEST_TIMEOUT_MS,
} from './limits.ts';
import type { Page, StatusPages } from './status-pages.ts';

// To import node:http as an ES module evaluates all that it exports, a WebSocket client among it: 3 MB that no agent has a use for.
const { createServer, STATUS_CODES }: typeof http = createRequire(import.meta.url)('node:http');

/** How often connections are looked at for requests that do not arrive, in milliseconds. */
const CHECK_EVERY_MS = 2_000;

/** Where the server is reached from the machine itself. */
export interface LocalEndpoint {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export class StatusServer {
  readonly #pages: StatusPages;
  readonly #server: http.Server;

  constructor(pages: StatusPages) {
    this.#pages = pages;
    this.#server = createServer(
      {
        maxHeaderSize: MAX_STATUS_HEADER_BYTES,
        headersTimeout: STATUS_REQUEST_TIMEOUT_MS,
        requestTimeout: STATUS_REQUEST_TIMEOUT_MS,
        keepAliveTimeout: STATUS_KEEP_ALIVE_MS,
        connectionsCheckingInterval: CHECK_EVERY_MS,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_STATUS_CONNECTIONS;
  }

  /** @throws Error when the address is not free, or not one of this machine. */
  async listen({ host, port }: ListenAddress): Promise<LocalEndpoint> {
    const listening = Promise.withResolvers<void>();
    this.#server.once('error', listening.reject);
    this.#server.listen(port, host, listening.resolve);
    await listening.promise;
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the status server has no port');
    return { host: localHost(host), port: address.port };
  }

  /** Ends idle connections, the others with the answer that they wait for, and all that are left when `signal` fires. Idempotent. */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (!this.#server.listening) return;
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeIdleConnections();
    const cut = (): void => this.#server.closeAllConnections();
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
    await closed.promise;
    signal.removeEventListener('abort', cut);
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    // A body has no meaning here; it is let run off, in the time that a request may take.
    request.resume();
    try {
      const { path, query } = partsOf(request.url ?? '');
      send(response, await this.#pages.find(request.method ?? '', path, query));
    } catch {
      send(response, { status: 500, type: 'text/plain; charset=utf-8', body: `${STATUS_CODES[500]}\n` });
    }
  }
}

function send(response: http.ServerResponse, { status, type, body, allow }: Page): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    ...(allow === undefined ? {} : { Allow: allow }),
  });
  response.end(body);
}

function partsOf(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
