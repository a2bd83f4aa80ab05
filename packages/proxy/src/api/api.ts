// Everything that the proxy answers for itself, on Fastify. It is handed origin-form requests only: Fastify would answer
// `GET http://node:9100/metrics` with the proxy's own metrics.

import { fastify, type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathWithoutQuery } from '@pullway/shared/http/address';
import type { ScraperAccess } from '../access/scraper-access.ts';
import { registerFleetRoutes, type FleetRoutesOptions } from './fleet-routes.ts';
import { landingPage } from './landing-page.ts';
import { openApi } from './openapi.ts';
import { registerOperationRoutes, type OperationRoutesOptions } from './operation-routes.ts';
import { registerSdRoutes, type SdRoutesOptions } from './sd-routes.ts';

export interface ApiOptions extends SdRoutesOptions, FleetRoutesOptions, Omit<OperationRoutesOptions, 'warmUp'> {
  /** Path prefix of everything, without a slash at its end; empty: none. */
  readonly prefix: string;
  readonly access: ScraperAccess;
  /** Further fields of every answer (http_server_config.headers). */
  readonly headers: () => Readonly<Record<string, string>>;
}

/** Probes of a kubelet have no password. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/-/healthy', '/-/ready']);

/** Paths that mean the proxy whatever the Host field says: no agent may take over service discovery by announcing the proxy's own name. */
const RESERVED_PATHS: readonly string[] = [
  ...OPEN_PATHS,
  '/-/reload',
  '/sd',
  '/clients',
  '/api/v1/agents',
  '/api/v1/targets',
  '/api/v1/openapi.json',
];

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
} as const;

/** No request of this API has a body worth reading. */
const MAX_BODY_BYTES = 16 * 1024;

export class Api {
  readonly #fastify: FastifyInstance;
  readonly #openPaths: ReadonlySet<string>;
  readonly #reservedPaths: ReadonlySet<string>;

  constructor(options: ApiOptions) {
    // Bodies are measured and dropped: POST /-/reload needs none, whatever its type.
    const api = fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, exposeHeadRoutes: true });
    api.removeAllContentTypeParsers();
    api.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null));
    api.addHook('onRequest', (request, reply) => admit(options, request, reply));
    api.setNotFoundHandler((_request, reply) => reply.code(404).type(TEXT).send('not found\n'));
    api.setErrorHandler(answerError);
    void api.register(
      (scope, _options, done) => {
        registerAll(scope, options);
        done();
      },
      { prefix: options.prefix },
    );
    this.#fastify = api;
    this.#openPaths = new Set([...OPEN_PATHS].map((path) => `${options.prefix}${path}`));
    this.#reservedPaths = new Set(RESERVED_PATHS.map((path) => `${options.prefix}${path}`));
  }

  /** Whether a request for `target` (a path, perhaps with a query) can only be meant for the proxy itself. */
  isReserved(target: string): boolean {
    return this.#reservedPaths.has(pathWithoutQuery(target));
  }

  /** Has to be over before the first answer(). */
  async start(): Promise<void> {
    await this.#fastify.ready();
  }

  /** Answers an origin-form request. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#fastify.routing(request, response);
  }

  /** The same on a listener for agents: nothing but what its load balancer asks. */
  answerHealth(request: IncomingMessage, response: ServerResponse): void {
    if (this.#openPaths.has(pathWithoutQuery(request.url ?? ''))) return this.answer(request, response);
    response.writeHead(404, { 'content-type': TEXT });
    response.end('agents connect here; everything else is at --web.listen-address\n');
  }

  async close(): Promise<void> {
    await this.#fastify.close();
  }
}

const TEXT = 'text/plain; charset=utf-8';

function registerAll(scope: FastifyInstance, options: ApiOptions): void {
  registerSdRoutes(scope, options);
  registerFleetRoutes(scope, options);
  registerOperationRoutes(scope, options);
  const description = openApi(options);
  scope.get('/api/v1/openapi.json', (_request, reply) => reply.send(description));
  const page = landingPage(options);
  scope.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
}

async function admit(
  options: ApiOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  void reply.headers({ ...SECURITY_HEADERS, ...options.headers() });
  const path = pathWithoutQuery(request.url).slice(options.prefix.length);
  if (OPEN_PATHS.has(path)) return undefined;
  const verdict = await options.access.authenticate(request.headers.authorization);
  if (verdict === 'granted') return undefined;
  return reply
    .code(401)
    .header('www-authenticate', 'Basic realm="pullway"')
    .type(TEXT)
    .send('user name and password are needed\n');
}

function answerError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  return reply
    .code(status)
    .type(TEXT)
    .send(status < 500 ? `${error.message}\n` : 'internal error\n');
}
