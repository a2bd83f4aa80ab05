// The agent's own HTTP server: health, metrics, what it scrapes. On plain node:http, since a framework costs an agent several megabytes.
// It knows pages by path; what they say comes from the status pages. Scrapes of targets never pass here.

import type * as http from 'node:http';
import { createRequire } from 'node:module';
import { localHost, type ListenAddress } from '@pullway/shared/config/listen-address';
import type { Clock } from '@pullway/shared/runtime/clock';
import { Pace } from '@pullway/shared/runtime/pace';
import {
  MAX_STATUS_CONNECTIONS,
  MAX_STATUS_HEADER_BYTES,
  SLICE_MS,
  STATUS_KEEP_ALIVE_MS,
  STATUS_REQUEST_TIMEOUT_MS,
} from './limits.ts';
import type { Page, StatusPages } from './status-pages.ts';

// To import node:http as an ES module evaluates all that it exports, a WebSocket client among it: 3 MB that no agent has a use for.
const { createServer, STATUS_CODES }: typeof http = createRequire(import.meta.url)('node:http');

/** How often connections are looked at for requests that do not arrive, in milliseconds. */
const CHECK_EVERY_MS = 2_000;

/** Characters that are sent at a time. */
const PIECE_LENGTH = 16 * 1024;

/** Where the server is reached from the machine itself. */
export interface LocalEndpoint {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export class StatusServer {
  readonly #pages: StatusPages;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #server: http.Server;

  constructor(pages: StatusPages, clock: Pick<Clock, 'now'>) {
    this.#pages = pages;
    this.#clock = clock;
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
      await send(response, await this.#pages.find(request.method ?? '', path, query), this.#clock);
    } catch {
      // Half a page cannot be told from a whole one but by how its connection ends.
      if (response.headersSent) response.destroy();
      else
        await send(
          response,
          { status: 500, type: 'text/plain; charset=utf-8', body: `${STATUS_CODES[500]}\n` },
          this.#clock,
        );
    }
  }
}

async function send(
  response: http.ServerResponse,
  { status, type, body, allow }: Page,
  clock: Pick<Clock, 'now'>,
): Promise<void> {
  response.writeHead(status, {
    'Content-Type': type,
    ...(typeof body === 'string' ? { 'Content-Length': Buffer.byteLength(body) } : {}),
    'X-Content-Type-Options': 'nosniff',
    ...(allow === undefined ? {} : { Allow: allow }),
  });
  if (typeof body === 'string' || response.req.method === 'HEAD')
    response.end(typeof body === 'string' ? body : undefined);
  else await sendInPieces(response, body, new Pace(clock, SLICE_MS));
}

/** As fast as the client reads, and with the event loop in between: a list of 20,000 targets takes 0.3 s to be made. */
async function sendInPieces(response: http.ServerResponse, pieces: Iterable<string>, pace: Pace): Promise<void> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE_LENGTH) continue;
    const isWanted = response.write(text);
    text = '';
    // oxlint-disable-next-line no-await-in-loop -- slices
    await (isWanted ? pace.breathe() : drained(response));
    if (response.destroyed) return;
  }
  response.end(text);
}

/** Also when the client is gone. */
function drained(response: http.ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

function partsOf(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
