// Takes scrapes from the front door: who asks, whether there is room, where the target is; then lets a Scrape run.
// It must not know how a request reached it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathWithoutQuery } from '@pullway/shared/http/address';
import { endToEndHeaders } from '@pullway/shared/http/end-to-end-headers';
import type { Method } from '@pullway/shared/protocol/frames';
import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import type { ScraperAccess } from '../access/scraper-access.ts';
import type { Routes, Serving } from '../fleet/routes.ts';
import type { ScrapeMetrics } from './scrape-metrics.ts';
import { scrapeDeadline, type DeadlineLimits } from './deadline.ts';
import { FailingTargets } from './failing-targets.ts';
import { CANNOT_CHECK, type Diagnosis } from './outcomes.ts';
import { refuse } from './refusal.ts';
import { diagnoseRouting } from './routing-diagnosis.ts';
import { Scrape, type ScrapeEnd } from './scrape.ts';

export interface ScrapeSettings extends DeadlineLimits {
  /** Scrapes that one replica carries at a time; more are refused with `proxy_busy`. */
  readonly maxInFlight: number;
}

export interface ScrapesOptions {
  readonly routes: Routes;
  readonly access: ScraperAccess;
  readonly metrics: ScrapeMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: ScrapeSettings;
}

const TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';

export class Scrapes {
  readonly #options: ScrapesOptions;
  readonly #failing: FailingTargets;
  readonly #running = new Set<Scrape>();
  #whenIdle: (() => void) | undefined;

  constructor(options: ScrapesOptions) {
    this.#options = options;
    this.#failing = new FailingTargets(options.logger);
  }

  get inFlight(): number {
    return this.#running.size;
  }

  /** Answers `request`, whose target is `path` (with query) at `address`. */
  forward(request: IncomingMessage, response: ServerResponse, address: string, path: string): void {
    const access = this.#options.access.authenticate(request.headers['proxy-authorization']);
    if (access === 'granted') return this.#forwardGranted(request, response, address, path);
    if (access === 'refused') return this.#refuseUser(request, response, address, path);
    access.then(
      (verdict) => {
        if (response.destroyed) return;
        if (verdict === 'granted') this.#forwardGranted(request, response, address, path);
        else this.#refuseUser(request, response, address, path);
      },
      () => this.#refuse(response, address, pathWithoutQuery(path), CANNOT_CHECK),
    );
  }

  /** Waits until no scrape runs; cuts those that still do when `signal` fires. */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.#running.size === 0) return;
    const cut = (): void => {
      for (const scrape of this.#running) scrape.abort('this replica is stopping');
    };
    if (signal.aborted) return cut();
    signal.addEventListener('abort', cut, { once: true });
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    signal.removeEventListener('abort', cut);
  }

  #forwardGranted(request: IncomingMessage, response: ServerResponse, address: string, path: string): void {
    const route = pathWithoutQuery(path);
    const { method } = request;
    if (!isForwardedMethod(method)) {
      return this.#refuse(response, address, route, {
        outcome: 'method_refused',
        reason: 'only GET and HEAD are forwarded',
      });
    }
    if (hasBody(request)) {
      response.shouldKeepAlive = false;
      return this.#refuse(response, address, route, {
        outcome: 'request_malformed',
        reason: 'a scrape has no request body',
      });
    }
    const routing = this.#options.routes.route(address, route);
    if (routing.kind !== 'served') {
      return this.#refuse(response, address, route, diagnoseRouting(routing, address, route));
    }
    if (this.#running.size >= this.#options.settings.maxInFlight) {
      const reason = `this replica already has ${this.#running.size} scrapes in flight`;
      return this.#refuse(response, address, route, { outcome: 'proxy_busy', reason });
    }
    this.#run({ request, method, address, path, route }, response, routing.serving);
  }

  #run(asked: Asked, response: ServerResponse, serving: readonly Serving[]): void {
    const { clock, metrics, settings } = this.#options;
    const { request, method, address, path, route } = asked;
    const startedAt = clock.now();
    const deadlineMs = scrapeDeadline(firstValue(request.headers[TIMEOUT_HEADER]), settings);
    const headers = endToEndHeaders(request.rawHeaders);
    metrics.started();
    const ended = (end: ScrapeEnd): void => {
      this.#running.delete(scrape);
      metrics.finished(end.outcome, end.cluster, clock.now() - startedAt, end.bodyBytes);
      this.#failing.note(address, route, end);
      if (this.#running.size === 0) this.#whenIdle?.();
    };
    const scrape = new Scrape(
      { method, address, path, headers, deadlineAt: startedAt + deadlineMs, deadlineMs },
      response,
      serving,
      { now: () => clock.now(), ended },
    );
    this.#running.add(scrape);
    scrape.start();
  }

  #refuseUser(request: IncomingMessage, response: ServerResponse, address: string, path: string): void {
    const isAnonymous = request.headers['proxy-authorization'] === undefined;
    const reason = isAnonymous
      ? 'this proxy wants a user name and password in proxy_url'
      : 'wrong user name or password';
    this.#refuse(response, address, pathWithoutQuery(path), { outcome: 'scraper_unauthenticated', reason });
  }

  #refuse(response: ServerResponse, address: string, route: string, diagnosis: Diagnosis): void {
    refuse(response, diagnosis);
    this.#options.metrics.refused(diagnosis.outcome);
    this.#failing.note(address, route, { ...diagnosis, cluster: '', bodyBytes: 0 });
  }
}

interface Asked {
  readonly request: IncomingMessage;
  readonly method: Method;
  readonly address: string;
  readonly path: string;
  readonly route: string;
}

function isForwardedMethod(method: string | undefined): method is Method {
  return method === 'GET' || method === 'HEAD';
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function firstValue(header: string | readonly string[] | undefined): string | undefined {
  // Prometheus 3.13 and 3.14 may repeat fields; Node joins those it does not know with a comma.
  return typeof header === 'string' ? header.split(',', 1)[0]?.trim() : header?.[0];
}
