// One GET of the API server: what arrives is handed on at once, silence is bounded, and a refusal becomes an ApiError.
// It knows neither lists nor watches, nor credentials.

import type { Dispatcher, Pool } from 'undici';
import type { Clock, Timer } from '@pullway/shared/runtime/clock';
import { API_ANSWER_TIMEOUT_MS, MAX_API_RETRY_AFTER_MS, MAX_STATUS_BODY_BYTES } from '../../limits.ts';
import { exporterFault } from '../../scrape/exporter-fault.ts';
import { ApiError, asApiError, statusError, type ApiErrorCode } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { ByteStore } from './byte-store.ts';

export interface ApiRequest {
  /** With its query. */
  readonly path: string;
  /** Longest silence within the answer, in milliseconds. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  /** The server has said 200, though nothing more yet. */
  readonly started?: () => void;
  /** What it throws ends the request. */
  readonly received: (chunk: Buffer) => void;
}

interface ApiExchangeOptions {
  readonly request: ApiRequest;
  readonly server: ApiServer;
  readonly clock: Clock;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export class ApiExchange implements Dispatcher.DispatchHandler {
  readonly #options: ApiExchangeOptions;
  readonly #settled = Promise.withResolvers<void>();
  readonly #refusal = new ByteStore(MAX_STATUS_BODY_BYTES, 'the explanation of a refusal');
  readonly #cancel = (): void => this.#fail(this.#options.request.signal.reason);
  #controller: Dispatcher.DispatchController | undefined;
  #timer: Timer | undefined;
  #heardAt: number;
  #allowedMs = API_ANSWER_TIMEOUT_MS;
  #status = 0;
  #retryAfterMs: number | undefined;
  #isOver = false;

  constructor(options: ApiExchangeOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
  }

  /** Resolves when the whole answer was handed on. @throws ApiError, or the reason of the signal. */
  run(pool: Pool, headers: string[]): Promise<void> {
    const { request } = this.#options;
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    request.signal.addEventListener('abort', this.#cancel, { once: true });
    this.#watchSilence(this.#allowedMs);
    try {
      pool.dispatch({ method: 'GET', path: request.path, headers }, this);
    } catch (error) {
      this.#fail(this.#fault(error));
    }
    return this.#settled.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('the request is over'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200 || this.#isOver) return;
    this.#status = status;
    this.#heard(this.#options.request.idleMs);
    this.#retryAfterMs = retryAfterMs(headers['retry-after']);
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      this.#fail(
        new ApiError('malformed', `the answer is compressed with ${String(encoding)}, though that was ruled out`),
      );
    } else if (status === 200) this.#options.request.started?.();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#heard(this.#options.request.idleMs);
    try {
      if (this.#status === 200) this.#options.request.received(chunk);
      else this.#refusal.add(chunk);
    } catch (error) {
      this.#fail(asApiError(error));
    }
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    if (this.#status !== 200)
      return this.#fail(statusError(this.#status, parseStatus(this.#refusal), this.#retryAfterMs));
    this.#finish();
    this.#settled.resolve();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(this.#fault(error));
  }

  #heard(allowedMs: number): void {
    this.#heardAt = this.#options.clock.now();
    if (allowedMs === this.#allowedMs) return;
    this.#allowedMs = allowedMs;
    this.#watchSilence(allowedMs);
  }

  /** One timer that looks again when it was too early, rather than a new one for each piece that arrives. */
  #watchSilence(afterMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(afterMs, () => {
      const leftMs = this.#heardAt + this.#allowedMs - this.#options.clock.now();
      if (leftMs > 0) return this.#watchSilence(leftMs);
      this.#fail(new ApiError('timeout', `${this.#place} has been silent for ${this.#allowedMs / 1000}s`));
    });
  }

  get #place(): string {
    const { host, port } = this.#options.server;
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  #fault(error: unknown): ApiError {
    const { code, message } = exporterFault(error, this.#options.server);
    return new ApiError(NETWORK_CODES[code] ?? 'unreachable', message, { cause: error });
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#finish();
    this.#controller?.abort(new Error('the request is over'));
    this.#settled.reject(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#options.request.signal.removeEventListener('abort', this.#cancel);
  }
}

const NETWORK_CODES: Readonly<Record<string, ApiErrorCode>> = { target_tls: 'tls', target_protocol: 'malformed' };

/** Kubernetes sends whole seconds. */
function retryAfterMs(field: string | string[] | undefined): number | undefined {
  if (typeof field !== 'string' || !/^\d+$/.test(field)) return undefined;
  return Math.min(MAX_API_RETRY_AFTER_MS, Number(field) * 1000);
}

function parseStatus(body: ByteStore): unknown {
  try {
    return JSON.parse(body.take());
  } catch {
    // A gateway's page says nothing that its status does not.
    return undefined;
  }
}
