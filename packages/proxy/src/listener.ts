// One address on which the proxy listens: the HTTP(S) server with its limits, its certificates, and its end.
// It must not know what is served.

import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificateExpiry } from '@pullway/shared/config/certificate-expiry';
import { ConfigError } from '@pullway/shared/config/faults';
import type { ListenAddress } from '@pullway/shared/config/listen-address';
import type { Clock } from '@pullway/shared/runtime/clock';
import { ClientCertificates } from './access/client-certificates.ts';
import type { TlsSettings } from './access/web-config.ts';
import { answerClientError } from './client-error.ts';
import { MAX_CONNECTIONS, MAX_HEADER_BYTES } from './limits.ts';

/** Longer than the 5 minutes after which Prometheus closes an idle connection, so that it is never we who close one just being used, in milliseconds. */
const KEEP_ALIVE_MS = 310_000;
/** Time for the header of a request, in milliseconds: no scraper is slower, a slow loris is. */
const HEADERS_TIMEOUT_MS = 30_000;
/** Time for a request with its body, in milliseconds; how long the answer takes does not count. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Time for a TLS handshake, in milliseconds; Node's own two minutes would let silent connections pile up. */
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;
/** Time without a byte in either direction after which a connection is cut, in milliseconds: a peer that does not read holds its whole answer. */
export const STALLED_AFTER_MS = KEEP_ALIVE_MS;
/** How often the times of requests are looked at, in milliseconds. */
const CHECK_CONNECTIONS_EVERY_MS = 5_000;
/** How often connections that became idle are closed while the server stops, in milliseconds. */
const CLOSE_IDLE_EVERY_MS = 50;

const SERVER_OPTIONS: ServerOptions = {
  keepAliveTimeout: KEEP_ALIVE_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
  insecureHTTPParser: false,
  // Java's HTTP client offers h2c with each request; to refuse it would be to refuse the scrape. An offer may be ignored (RFC 9110, 7.8).
  shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
};

export class Listener {
  readonly server: Server;
  readonly #clock: Clock;
  readonly #clientCertificates: ClientCertificates | undefined;
  #certificateExpiry: number | undefined;

  /** `stalledAfterMs`: longer than any request may wait for its answer. */
  constructor(tls: TlsSettings | undefined, clock: Clock, stalledAfterMs = STALLED_AFTER_MS) {
    this.#clock = clock;
    this.#certificateExpiry = expiryOf(tls);
    this.#clientCertificates = tls === undefined ? undefined : new ClientCertificates(tls);
    this.server =
      tls === undefined ? createServer(SERVER_OPTIONS) : createTlsServer({ ...SERVER_OPTIONS, ...tlsOptions(tls) });
    // Node drops fields beyond 2,000 without a word; the size is what is bounded here.
    this.server.maxHeadersCount = 0;
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.timeout = stalledAfterMs;
    this.server.on('clientError', answerClientError);
    if (this.server instanceof TlsServer) this.#clientCertificates?.checkOn(this.server);
  }

  /** @throws Error when the address cannot be had. */
  async listen({ host, port }: ListenAddress): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no TCP address');
    return address;
  }

  /** @throws ConfigError when what is configured now needs another server. */
  checkTls(tls: TlsSettings | undefined): void {
    const isTls = this.server instanceof TlsServer;
    if (isTls !== (tls !== undefined)) {
      throw new ConfigError([{ message: 'TLS cannot be switched on or off without a restart' }]);
    }
    if (tls !== undefined) this.#clientCertificates?.check(tls);
  }

  /** Uses new certificates for connections to come; checkTls() first. */
  replaceTls(tls: TlsSettings | undefined): void {
    if (tls === undefined || !(this.server instanceof TlsServer)) return;
    this.server.setSecureContext(tls.context);
    this.#clientCertificates?.replace(tls);
    this.#certificateExpiry = expiryOf(tls);
  }

  /** When the certificate in use expires, in seconds since the epoch; undefined without TLS. */
  get certificateExpiry(): number | undefined {
    return this.#certificateExpiry;
  }

  /** Takes no further connection, and waits for the requests that run; cuts them when `signal` fires. */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    const cut = (): void => this.server.closeAllConnections();
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
    const timer = this.#clock.every(CLOSE_IDLE_EVERY_MS, () => this.server.closeIdleConnections());
    await closed;
    timer.cancel();
    signal.removeEventListener('abort', cut);
  }
}

function expiryOf(tls: TlsSettings | undefined): number | undefined {
  const cert = tls?.context.cert;
  return typeof cert === 'string' ? certificateExpiry(cert) : undefined;
}

function tlsOptions(tls: TlsSettings): object {
  return {
    ...tls.context,
    handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS,
    // Never h2: with it Prometheus cannot use the proxy, and it has no reason phrase.
    ALPNProtocols: ['http/1.1'],
    requestCert: tls.clientAuthType !== 'NoClientCert',
    // Whether a certificate is good enough depends on the configuration of the day: ClientCertificates decides.
    rejectUnauthorized: false,
  };
}
