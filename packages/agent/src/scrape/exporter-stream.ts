// One byte stream in the agent: a TCP connection to the exporter on one side, the exchange on the other. The bytes mean nothing to it.

import { connect, type Socket } from 'node:net';
import type { ConnectHead, FailureCode } from '@pullway/shared/protocol/frames';
import type { StreamExchange, StreamObserver } from '@pullway/shared/protocol/stream-exchange';
import { isItself, type Target } from '../targets/target.ts';
import { AnswerRefused, exporterFault, podGoneMessage } from './exporter-fault.ts';
import type { ScrapeOutcome } from './scrape-metrics.ts';

export interface ExporterStreamOptions {
  readonly exchange: StreamExchange;
  readonly head: ConnectHead;
  readonly target: Target;
  readonly ended: (outcome: ScrapeOutcome, bytes: number) => void;
}

export class ExporterStream implements StreamObserver {
  readonly #options: ExporterStreamOptions;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #unread = 0;
  #isOver = false;

  constructor(options: ExporterStreamOptions) {
    this.#options = options;
    options.exchange.observer = this;
    const { host, port } = options.target.exporter;
    this.#timer = setTimeout(() => this.#timeOut(), options.head.deadlineMs);
    this.#socket = connect({ host, port, allowHalfOpen: true });
    this.#socket.once('connect', () => this.#accept());
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.once('close', () => this.#closed());
  }

  /** The agent is the one who connects; it is never told. */
  connected(): void {}

  received(bytes: Uint8Array, isLast: boolean): void {
    if (bytes.length > 0) this.#write(bytes);
    if (isLast) this.#socket.end();
  }

  writable(): void {
    this.#socket.resume();
  }

  failed(): void {
    this.#finish('cancelled');
    this.#socket.destroy();
  }

  #accept(): void {
    if (!isItself(this.#options.target))
      return this.#refuse('unknown_target', podGoneMessage(this.#options.head.address));
    clearTimeout(this.#timer);
    this.#options.exchange.accept();
    this.#socket.on('data', (bytes: Buffer) => {
      this.#bytes += bytes.length;
      if (!this.#options.exchange.write(bytes)) this.#socket.pause();
    });
    this.#socket.once('end', () => this.#options.exchange.end());
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.write(bytes)) return this.#options.exchange.consumed(bytes.length);
    if (this.#unread === 0) {
      this.#socket.once('drain', () => {
        const unread = this.#unread;
        this.#unread = 0;
        this.#options.exchange.consumed(unread);
      });
    }
    this.#unread += bytes.length;
  }

  #timeOut(): void {
    const { address, deadlineMs } = this.#options.head;
    const message = `${address} took no connection within ${deadlineMs / 1000}s`;
    this.#refuse('target_timeout', message);
  }

  #refuse(code: FailureCode, message: string): void {
    this.#fail(new AnswerRefused({ code, message }));
    this.#socket.destroy();
  }

  #fail(error: unknown): void {
    const fault = exporterFault(error, this.#options.target.exporter);
    this.#options.exchange.fail(fault.code, fault.message);
    this.#finish(fault.code);
  }

  #closed(): void {
    // After FINs from both sides nothing is left to say; a reset without an error event would otherwise leave the exchange open.
    if (!this.#socket.readableEnded)
      this.#options.exchange.fail('target_unreachable', 'the exporter closed the connection');
    this.#finish('answered');
  }

  #finish(outcome: ScrapeOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#options.ended(outcome, this.#bytes);
  }
}
