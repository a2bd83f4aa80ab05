// Answers what a proxy asks of this agent: checks it against the agent's own policy, whatever the proxy says, and lets a request or stream run.

import { pathWithoutQuery } from '@pullway/shared/http/address';
import type { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import type { ConnectHead, RequestHead } from '@pullway/shared/protocol/frames';
import type { StreamExchange } from '@pullway/shared/protocol/stream-exchange';
import type { Admission } from '../targets/target-set.ts';
import type { Exporter, Target } from '../targets/target.ts';
import { podGoneMessage } from './exporter-fault.ts';
import { ExporterPools } from './exporter-pools.ts';
import { authorizationOf } from './exporter-request-fields.ts';
import { ExporterRequest } from './exporter-request.ts';
import { ExporterStream } from './exporter-stream.ts';
import type { ScrapeMetrics, ScrapeOutcome } from './scrape-metrics.ts';

/** The policy: what this agent may be asked for. */
export interface TargetPolicy {
  admit(address: string, path: string): Admission;
  admitStream(address: string): Admission;
}

export interface ScrapeAnswererOptions {
  readonly targets: TargetPolicy;
  readonly metrics: ScrapeMetrics;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  readonly maxBodyBytes: number;
  readonly maxConcurrent: number;
}

type Refusal = Exclude<Admission, { readonly kind: 'admitted' }>;

export class ScrapeAnswerer {
  readonly #options: ScrapeAnswererOptions;
  readonly #pools: ExporterPools;

  constructor(options: ScrapeAnswererOptions) {
    this.#options = options;
    this.#pools = new ExporterPools(options.maxConcurrent, options.now);
  }

  scrapeRequested(exchange: AnswerExchange, head: RequestHead): void {
    const ended = this.#begin();
    const path = pathWithoutQuery(head.path);
    const admission = this.#options.targets.admit(head.address, path);
    if (admission.kind !== 'admitted') {
      exchange.fail(admission.kind, refusalMessage(admission, head.address, path));
      return ended(admission.kind, 0);
    }
    const { now, maxBodyBytes } = this.#options;
    const request = new ExporterRequest({ exchange, head, target: admission.target, now, maxBodyBytes, ended });
    this.#send(request, admission.target);
  }

  streamRequested(exchange: StreamExchange, head: ConnectHead): void {
    const ended = this.#begin();
    const admission = this.#options.targets.admitStream(head.address);
    if (admission.kind !== 'admitted') {
      exchange.fail(admission.kind, refusalMessage(admission, head.address, 'CONNECT'));
      return ended(admission.kind, 0);
    }
    // It lives as long as its socket and its exchange, which hold it.
    void new ExporterStream({ exchange, head, target: admission.target, ended });
  }

  /** Closes connections to exporters that are not in `wanted` any more. */
  retainExporters(wanted: ReadonlySet<Exporter>): void {
    this.#pools.retain(wanted);
  }

  /** Cuts all connections to exporters. */
  close(): Promise<void> {
    return this.#pools.destroy();
  }

  #send(request: ExporterRequest, { exporter }: Target): void {
    try {
      const pool = this.#pools.poolOf(exporter);
      const authorization = authorizationOf(exporter.credentials);
      if (!(authorization instanceof Promise)) return request.start(pool, authorization);
      authorization.then(
        (value) => request.start(pool, value),
        (error: unknown) => request.reject(error),
      );
    } catch (error) {
      request.reject(error);
    }
  }

  #begin(): (outcome: ScrapeOutcome, bodyBytes: number) => void {
    const { metrics, now } = this.#options;
    const startedAt = now();
    metrics.started();
    return (outcome, bodyBytes) => metrics.finished(outcome, now() - startedAt, bodyBytes);
  }
}

function refusalMessage(refusal: Refusal, address: string, path: string): string {
  if (refusal.kind === 'unknown_target')
    return refusal.isAnnounced ? podGoneMessage(address) : `the agent no longer has ${address}`;
  const exposed = refusal.paths.length > 0 ? refusal.paths.slice(0, 5).join(', ') : 'byte streams only';
  return `${address} exposes ${exposed}, not ${path}`;
}
