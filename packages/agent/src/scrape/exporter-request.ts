// One scrape in the agent: the request to the exporter on one side, the exchange on the other, and nothing kept in between.
// Whoever ends first ends the other: a cancelled exchange cuts the exporter's connection, a broken exporter fails the exchange.

import type { Dispatcher, Pool } from 'undici';
import type { AnswerExchange, AnswerObserver } from '@pullway/shared/protocol/answer-exchange';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import type { RequestHead } from '@pullway/shared/protocol/frames';
import { isItself, type Target } from '../targets/target.ts';
import { announcedBytes, answerFields, answerReason } from './answer-fields.ts';
import { AnswerRefused, exporterFault, isClosedConnection, podGoneMessage } from './exporter-fault.ts';
import { exporterRequestFields } from './exporter-request-fields.ts';
import type { ScrapeOutcome } from './scrape-metrics.ts';

export interface ExporterRequestOptions {
  readonly exchange: AnswerExchange;
  readonly head: RequestHead;
  readonly target: Target;
  readonly now: () => number;
  /** Longest body that is passed on, in bytes. */
  readonly maxBodyBytes: number;
  readonly ended: (outcome: ScrapeOutcome, bodyBytes: number) => void;
}

export class ExporterRequest implements AnswerObserver, Dispatcher.DispatchHandler {
  readonly #options: ExporterRequestOptions;
  readonly #deadlineAt: number;
  readonly #timer: NodeJS.Timeout;
  #pool: Pool | undefined;
  #authorization: string | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #bodyBytes = 0;
  #hasResponded = false;
  #hasRetried = false;
  #isOver = false;

  constructor(options: ExporterRequestOptions) {
    this.#options = options;
    this.#deadlineAt = options.now() + options.head.deadlineMs;
    this.#timer = setTimeout(() => this.#timeOut(), options.head.deadlineMs);
    options.exchange.observer = this;
  }

  /** Sends the request; unless the scrape has ended while credentials were read. */
  start(pool: Pool, authorization: string | undefined): void {
    this.#pool = pool;
    this.#authorization = authorization;
    if (!this.#isOver) this.#dispatch();
  }

  /** The request could not be sent at all. */
  reject(error: unknown): void {
    this.#fail(error);
  }

  // --- the exchange's side

  writable(): void {
    this.#controller?.resume();
  }

  failed({ code }: ExchangeFailure): void {
    // The exchange itself refuses an answer that the tunnel cannot carry; all else is the wish of the other end.
    // Before the abort, which undici reports as an error of the exporter while it runs.
    this.#finish(code === 'target_protocol' ? code : 'cancelled');
    this.#controller?.abort(new Error('the scraper is gone'));
  }

  // --- the exporter's side (undici)

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('the scraper is gone'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _headers: unknown, reason?: string): void {
    if (status < 200 || this.#isOver) return;
    // The pod was there when the request was admitted; what has answered since may be another that got its IP address.
    if (!isItself(this.#options.target)) return this.#abort(this.#podGone());
    const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
    const headers = answerFields(raw);
    // While nothing has gone out yet the status line can say what later only a cut could show.
    if (this.#hasBody(status) && announcedBytes(headers) > this.#options.maxBodyBytes) {
      return this.#abort(this.#tooLarge());
    }
    this.#hasResponded = true;
    this.#options.exchange.respond({ status, reason: answerReason(reason), headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes > this.#options.maxBodyBytes) return this.#abort(this.#tooLarge());
    if (!this.#options.exchange.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#options.exchange.end();
    this.#finish('answered');
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#isOver) return;
    const mayRetry = !this.#hasResponded && !this.#hasRetried && isClosedConnection(error);
    if (!mayRetry) return this.#fail(error);
    // The exporter closed a kept-alive connection as the request went out; Go's client repeats such a request too.
    this.#hasRetried = true;
    this.#dispatch();
  }

  #dispatch(): void {
    const { head, now } = this.#options;
    const leftMs = Math.max(1, Math.round(this.#deadlineAt - now()));
    const headers = exporterRequestFields(head.headers, this.#authorization, leftMs);
    try {
      this.#pool?.dispatch({ method: head.method, path: head.path, headers }, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  #timeOut(): void {
    const { head } = this.#options;
    const message = `${head.address} did not answer within ${head.deadlineMs / 1000}s`;
    this.#abort(new AnswerRefused({ code: 'target_timeout', message }));
  }

  /** Ends the scrape, and cuts the exporter's connection. */
  #abort(error: unknown): void {
    this.#fail(error);
    this.#controller?.abort(error instanceof Error ? error : new Error('scrape ended'));
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    const fault = exporterFault(error, this.#options.target.exporter);
    this.#options.exchange.fail(fault.code, fault.message);
    this.#finish(fault.code);
  }

  #finish(outcome: ScrapeOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#options.ended(outcome, this.#bodyBytes);
  }

  /** An answer to HEAD, and a 304, announce the length of a body that does not come (RFC 9110, 8.6). */
  #hasBody(status: number): boolean {
    return this.#options.head.method !== 'HEAD' && status !== 304;
  }

  #podGone(): AnswerRefused {
    return new AnswerRefused({ code: 'unknown_target', message: podGoneMessage(this.#options.head.address) });
  }

  #tooLarge(): AnswerRefused {
    const mebibytes = Math.round((this.#options.maxBodyBytes / 1024 ** 2) * 10) / 10;
    const message = `body of ${this.#options.head.address} is larger than ${mebibytes} MiB`;
    return new AnswerRefused({ code: 'body_too_large', message });
  }
}
