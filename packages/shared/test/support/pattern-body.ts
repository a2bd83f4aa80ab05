// The exporter's side of an answer for tests: writes a body of the pattern as fast as it may.

import type { AnswerExchange, AnswerObserver } from '@pullway/shared/protocol/answer-exchange';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import { pattern } from './pattern.ts';

const OK = { status: 200, reason: 'OK', headers: ['Content-Type', 'text/plain'] };

export class PatternBody implements AnswerObserver {
  readonly #exchange: AnswerExchange;
  readonly #totalBytes: number;
  readonly #chunkBytes: number;
  #written = 0;
  readonly failures: ExchangeFailure[] = [];

  constructor(exchange: AnswerExchange, totalBytes: number, chunkBytes = 16_384) {
    this.#exchange = exchange;
    this.#totalBytes = totalBytes;
    this.#chunkBytes = chunkBytes;
    exchange.observer = this;
  }

  /** Bytes that were handed over so far. */
  get written(): number {
    return this.#written;
  }

  /** Status and header fields, then the body as credit allows. */
  start(): this {
    this.#exchange.respond(OK);
    this.writable();
    return this;
  }

  writable(): void {
    while (this.#written < this.#totalBytes && !this.#exchange.isOver) {
      const bytes = Math.min(this.#chunkBytes, this.#totalBytes - this.#written);
      this.#written += bytes;
      if (!this.#exchange.write(pattern(this.#written - bytes, bytes))) break;
    }
    if (this.#written === this.#totalBytes) this.#exchange.end();
  }

  /** Fails the exchange; true when it still ran. */
  fail(): boolean {
    const isRunning = !this.#exchange.isOver;
    this.#exchange.fail('target_protocol', 'cut');
    return isRunning;
  }

  failed(failure: ExchangeFailure): void {
    this.failures.push(failure);
  }
}
