// One CONNECT from its request to its end: the bytes of a scraper's TLS session with an exporter, which nobody on the way can read.
// It must not know how tunnels are found or scrapers authenticated.

import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import type { StreamExchange, StreamObserver } from '@pullway/shared/protocol/stream-exchange';
import type { Serving } from '../fleet/routes.ts';
import { cutConnection } from './cut-connection.ts';
import { diagnose, type Diagnosis, type Outcome } from './outcomes.ts';
import { refuseSocket } from './refusal.ts';

/** CONNECT carries no scrape timeout; Go would wait a minute for its answer. In milliseconds. */
const CONNECT_DEADLINE_MS = 10_000;

/** Prometheus closes idle connections after 5 minutes; what is idle for twice as long was forgotten. In milliseconds. */
const IDLE_TIMEOUT_MS = 600_000;

/** What a scraper asked for. */
export interface StreamRequest {
  readonly socket: Duplex;
  /** What the scraper sent behind its request. */
  readonly early: Uint8Array;
  readonly address: string;
}

export interface StreamPorts {
  readonly ended: (outcome: Outcome, reason: string) => void;
}

export class Stream implements StreamObserver {
  readonly #socket: Duplex;
  readonly #address: string;
  readonly #agent: string;
  readonly #ports: StreamPorts;
  readonly #timer: NodeJS.Timeout;
  readonly #exchange: StreamExchange;
  #isConnected = false;
  #isOver = false;
  #unread = 0;

  constructor({ socket, early, address }: StreamRequest, serving: Serving, ports: StreamPorts) {
    this.#socket = socket;
    this.#address = address;
    this.#agent = serving.connection.name;
    this.#ports = ports;
    this.#timer = setTimeout(() => this.#timeOut(), CONNECT_DEADLINE_MS);
    const head = { deadlineMs: CONNECT_DEADLINE_MS, address };
    this.#exchange = serving.connection.tunnel.session.openStream(head, this);
    socket.once('close', () => this.#scraperGone());
    socket.on('error', () => socket.destroy());
    if (early.length > 0) this.#exchange.write(early);
  }

  connected(): void {
    this.#isConnected = true;
    clearTimeout(this.#timer);
    if (this.#socket instanceof Socket) {
      this.#socket.setTimeout(IDLE_TIMEOUT_MS, () =>
        this.#cut('target_timeout', `${this.#address} was idle for 10 minutes`),
      );
    }
    this.#socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    this.#socket.on('data', (bytes: Buffer) => {
      if (!this.#exchange.write(bytes)) this.#socket.pause();
    });
    this.#socket.once('end', () => this.#exchange.end());
  }

  received(bytes: Uint8Array, isLast: boolean): void {
    if (bytes.length > 0) this.#write(bytes);
    if (isLast) this.#socket.end();
    if (this.#exchange.isOver) this.#finish('answered', '');
  }

  writable(): void {
    this.#socket.resume();
  }

  failed(failure: ExchangeFailure): void {
    const diagnosis = diagnose(failure, this.#agent, this.#address);
    if (this.#isConnected) this.#cut(diagnosis.outcome, diagnosis.reason);
    else this.#refuse(diagnosis);
  }

  /** The replica stops and can wait no longer. */
  abort(reason: string): void {
    this.#cut('proxy_busy', reason);
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.write(bytes)) return this.#exchange.consumed(bytes.length);
    if (this.#unread === 0) {
      this.#socket.once('drain', () => {
        const unread = this.#unread;
        this.#unread = 0;
        this.#exchange.consumed(unread);
      });
    }
    this.#unread += bytes.length;
  }

  #timeOut(): void {
    this.#exchange.cancel('deadline_passed');
    const reason = `agent ${this.#agent} did not reach ${this.#address} within ${CONNECT_DEADLINE_MS / 1000}s`;
    this.#refuse({ outcome: 'target_timeout', reason });
  }

  #scraperGone(): void {
    const isComplete = this.#exchange.isOver;
    this.#exchange.cancel('scraper_gone');
    this.#finish(isComplete || this.#isConnected ? 'answered' : 'scraper_gone', '');
  }

  #refuse(diagnosis: Diagnosis): void {
    if (this.#isOver) return;
    this.#finish(diagnosis.outcome, diagnosis.reason);
    refuseSocket(this.#socket, diagnosis);
  }

  #cut(outcome: Outcome, reason: string): void {
    if (this.#isOver) return;
    this.#finish(outcome, reason);
    this.#exchange.cancel('replica_stopping', reason);
    cutConnection(this.#socket);
  }

  #finish(outcome: Outcome, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#ports.ended(outcome, reason);
  }
}
