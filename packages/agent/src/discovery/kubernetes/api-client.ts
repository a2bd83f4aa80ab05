// Asks one API server, with the credentials as they are now: service account tokens and certificates are replaced while the agent runs.
// It knows neither lists nor watches.

import type { Clock } from '@pullway/shared/runtime/clock';
import { errorMessage } from '@pullway/shared/runtime/logger';
import { MAX_API_CONNECTIONS } from '../../limits.ts';
import { ExporterPools } from '../../scrape/exporter-pools.ts';
import { authorizationOf } from '../../scrape/exporter-request-fields.ts';
import { Exporters } from '../../targets/exporters.ts';
import type { Exporter } from '../../targets/target.ts';
import { ApiError } from './api-error.ts';
import { ApiExchange, type ApiRequest } from './api-exchange.ts';
import type { ApiServer } from './api-server.ts';

/** How an API server is asked. `get` resolves when the answer was whole, and rejects with an ApiError, or with the reason of the signal. */
export interface ApiReader {
  get(request: ApiRequest): Promise<void>;
}

export interface ApiClientOptions {
  readonly server: ApiServer;
  readonly clock: Clock;
  readonly userAgent: string;
}

export class ApiClient implements ApiReader {
  readonly #options: ApiClientOptions;
  readonly #pools: ExporterPools;
  readonly #exporter: Exporter;
  /** The same with secrets that may have been read later. */
  #known: Exporter;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#pools = new ExporterPools(MAX_API_CONNECTIONS, () => options.clock.now());
    this.#exporter = this.#open();
    this.#known = this.#exporter;
  }

  async get(request: ApiRequest): Promise<void> {
    try {
      return await this.#send(request);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'unauthorized' || !this.#hasSecretFile) throw error;
    }
    // The token may just have been replaced, within the second in which its file is not looked at again.
    this.#known = this.#open();
    return this.#send(request);
  }

  /** Cuts every connection. */
  destroy(): Promise<void> {
    return this.#pools.destroy();
  }

  get #hasSecretFile(): boolean {
    const { credentials } = this.#options.server;
    if (credentials.kind === 'none') return false;
    return (credentials.kind === 'basic' ? credentials.password : credentials.credentials).kind === 'file';
  }

  async #send(request: ApiRequest): Promise<void> {
    request.signal.throwIfAborted();
    const { server, clock } = this.#options;
    const { pool, headers } = await this.#prepare();
    const path = `${server.basePath}${request.path}`;
    return new ApiExchange({ request: { ...request, path }, server, clock }).run(pool, headers);
  }

  async #prepare() {
    try {
      const authorization = await authorizationOf(this.#known.credentials);
      return { pool: this.#pools.poolOf(this.#exporter), headers: this.#headers(authorization) };
    } catch (cause) {
      throw new ApiError('credentials', errorMessage(cause), { cause });
    }
  }

  /** Compressed lists would cost both ends more than they save within a cluster. */
  #headers(authorization: string | undefined): string[] {
    const headers = [
      'Accept',
      'application/json',
      'Accept-Encoding',
      'identity',
      'User-Agent',
      this.#options.userAgent,
    ];
    return authorization === undefined ? headers : [...headers, 'Authorization', authorization];
  }

  #open(): Exporter {
    return new Exporters(() => this.#options.clock.now()).revise((find) => find(this.#options.server));
  }
}
