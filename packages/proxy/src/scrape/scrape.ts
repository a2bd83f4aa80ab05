// One scrape from its request to its end: tries a tunnel, streams the answer, and tells apart what may still be said in a status line
// from what can only be shown by cutting the connection.
//
//   start ─► trying ─► responded ─► … ─► answered
//              │  ▲         │
//              │  └ once    └─► cut (the scraper must not take part of a body for all of it)
//              └─► refused
// It must not know how tunnels are found or authenticated.

import type { ServerResponse } from 'node:http';
import { endToEndHeaders } from '@pullway/shared/http/end-to-end-headers';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import type { HeaderFields, Method, ResponseHead } from '@pullway/shared/protocol/frames';
import { HeadError } from '@pullway/shared/protocol/head-error';
import type { ScrapeExchange, ScrapeObserver } from '@pullway/shared/protocol/scrape-exchange';
import type { Serving } from '../fleet/routes.ts';
import { BodyLength } from './body-length.ts';
import { chooseServing, diagnoseNoRoom } from './choose-serving.ts';
import { cutConnection } from './cut-connection.ts';
import { diagnose, type Diagnosis, type Outcome } from './outcomes.ts';
import { refuse } from './refusal.ts';

/** What a scraper asked for. */
export interface ScrapeRequest {
  readonly method: Method;
  readonly address: string;
  /** With the query. */
  readonly path: string;
  readonly headers: HeaderFields;
  /** Milliseconds, on the clock of the scrape, at which the scraper must have its answer. */
  readonly deadlineAt: number;
  /** What was granted in the first place, in milliseconds, for the diagnosis. */
  readonly deadlineMs: number;
}

export interface ScrapeEnd {
  readonly outcome: Outcome;
  readonly cluster: string;
  /** Bytes of body that came through the tunnel. */
  readonly bodyBytes: number;
  /** Empty where all went well. */
  readonly reason: string;
}

export interface ScrapePorts {
  readonly now: () => number;
  readonly ended: (end: ScrapeEnd) => void;
}

/** Failures after which the same request may be put to another tunnel: the exporter has not answered it. */
const RETRIED: ReadonlySet<ExchangeFailure['code']> = new Set(['tunnel_lost', 'agent_busy', 'agent_stopping']);
const MAX_TRIES = 2;

export class Scrape implements ScrapeObserver {
  readonly #request: ScrapeRequest;
  readonly #response: ServerResponse;
  readonly #candidates: readonly Serving[];
  readonly #ports: ScrapePorts;
  readonly #tried: Serving[] = [];
  readonly #timer: NodeJS.Timeout;
  #exchange: ScrapeExchange | undefined;
  #body: BodyLength | undefined;
  #unread = 0;
  #isOver = false;

  constructor(request: ScrapeRequest, response: ServerResponse, candidates: readonly Serving[], ports: ScrapePorts) {
    this.#request = request;
    this.#response = response;
    this.#candidates = candidates;
    this.#ports = ports;
    this.#timer = setTimeout(() => this.#timeOut(), request.deadlineAt - ports.now());
  }

  /** Sends the request to the agent that has the least to do. */
  start(): void {
    this.#response.once('close', () => this.#scraperGone());
    this.#try();
  }

  responded(head: ResponseHead, body: Uint8Array, isLast: boolean): void {
    try {
      const length = new BodyLength(head, this.#request.method);
      // Checked before the head goes out: a connection that is cut without any answer would make Go repeat the request in silence.
      if (!length.accept(body.length, isLast)) throw new RangeError(this.#lengthFault);
      this.#response.sendDate = false;
      this.#response.writeHead(head.status, head.reason, endToEndHeaders(head.headers));
      this.#body = length;
    } catch (error) {
      // The agent's parser let through what Node does not: a fault of this one answer, not of the tunnel.
      return this.#rejectAnswer(error);
    }
    this.#pass(body, isLast);
  }

  received(bytes: Uint8Array, isLast: boolean): void {
    if (this.#body?.accept(bytes.length, isLast) !== true) return this.#cut('target_protocol', this.#lengthFault);
    this.#pass(bytes, isLast);
  }

  failed(failure: ExchangeFailure): void {
    const agent = this.#agentName;
    const diagnosis = diagnose(failure, agent, this.#request.address);
    if (this.#body !== undefined) return this.#cut(diagnosis.outcome, diagnosis.reason);
    if (RETRIED.has(failure.code) && this.#tried.length < MAX_TRIES && this.#hasOther()) return this.#try();
    this.#refuse(diagnosis);
  }

  /** The replica stops and can wait no longer. */
  abort(reason: string): void {
    if (this.#isOver) return;
    this.#exchange?.cancel('replica_stopping');
    if (this.#body === undefined) this.#refuse({ outcome: 'proxy_busy', reason });
    else this.#cut('proxy_busy', reason);
  }

  #try(): void {
    const serving = chooseServing(this.#candidates, this.#tried);
    if (serving === undefined) return this.#refuse(diagnoseNoRoom(this.#candidates));
    this.#tried.push(serving);
    const { method, address, path, headers } = this.#request;
    const deadlineMs = Math.max(1, Math.floor(this.#request.deadlineAt - this.#ports.now()));
    const { session } = serving.connection.tunnel;
    try {
      this.#exchange = session.openScrape({ deadlineMs, method, address, path, headers }, this);
    } catch (error) {
      if (!(error instanceof HeadError)) throw error;
      this.#refuse({ outcome: 'request_malformed', reason: `the request cannot be forwarded: ${error.message}` });
    }
  }

  /** Hands a part of the body to the scraper. */
  #pass(bytes: Uint8Array, isLast: boolean): void {
    if (isLast) {
      this.#response.end(bytes);
      return this.#finish('answered', '');
    }
    if (bytes.length > 0) this.#write(bytes);
    else this.#response.flushHeaders();
  }

  #hasOther(): boolean {
    return chooseServing(this.#candidates, this.#tried) !== undefined;
  }

  /** The scraper has read when the kernel has taken the bytes; only then the exporter may send more. */
  #write(bytes: Uint8Array): void {
    if (this.#response.write(bytes)) return this.#exchange?.consumed(bytes.length);
    if (this.#unread === 0) {
      this.#response.once('drain', () => {
        const unread = this.#unread;
        this.#unread = 0;
        this.#exchange?.consumed(unread);
      });
    }
    this.#unread += bytes.length;
  }

  #timeOut(): void {
    if (this.#isOver) return;
    this.#exchange?.cancel('deadline_passed');
    const reason = `${this.#request.address} did not answer within ${this.#request.deadlineMs / 1000}s`;
    if (this.#body === undefined) this.#refuse({ outcome: 'target_timeout', reason });
    else this.#cut('target_timeout', reason);
  }

  #scraperGone(): void {
    if (this.#isOver) return;
    this.#exchange?.cancel('scraper_gone');
    this.#finish('scraper_gone', '');
  }

  #rejectAnswer(error: unknown): void {
    this.#exchange?.cancel('scraper_gone', 'the answer cannot be passed on');
    const reason = `agent ${this.#agentName}: ${error instanceof Error ? error.message : 'malformed answer'}`;
    this.#refuse({ outcome: 'target_protocol', reason });
  }

  #refuse(diagnosis: Diagnosis): void {
    refuse(this.#response, diagnosis);
    this.#finish(diagnosis.outcome, diagnosis.reason);
  }

  #cut(outcome: Outcome, reason: string): void {
    this.#finish(outcome, reason);
    this.#exchange?.cancel('scraper_gone');
    // The request's socket: a pipelined response gets one only after those before it, and its part of a body would go out then.
    cutConnection(this.#response.req.socket);
  }

  #finish(outcome: Outcome, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const cluster = (this.#tried.at(-1) ?? this.#candidates[0])?.connection.cluster ?? '';
    this.#ports.ended({ outcome, reason, cluster, bodyBytes: this.#body?.received ?? 0 });
  }

  get #lengthFault(): string {
    return `the body of ${this.#request.address} does not match its Content-Length`;
  }

  get #agentName(): string {
    return this.#tried.at(-1)?.connection.name ?? '';
  }
}
