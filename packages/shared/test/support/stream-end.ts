// One end of a byte stream for tests: writes so many bytes of the pattern as fast as it may, checks and reads what comes.

import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import type { StreamExchange, StreamObserver } from '@pullway/shared/protocol/stream-exchange';
import { assertPattern, pattern } from './pattern.ts';

const CHUNK_BYTES = 10_000;

export class StreamEnd implements StreamObserver {
  readonly totalBytes: number;
  #written = 0;
  exchange: StreamExchange | undefined;
  isReading = true;
  isConnected = false;
  bytes = 0;
  /** How often the peer said that it sends no more. */
  lasts = 0;
  readonly failures: ExchangeFailure[] = [];

  constructor(totalBytes = 0) {
    this.totalBytes = totalBytes;
  }

  begin(exchange: StreamExchange): this {
    this.exchange = exchange;
    return this;
  }

  connected(): void {
    this.isConnected = true;
    this.writable();
  }

  received(bytes: Uint8Array, isLast: boolean): void {
    assertPattern(this.bytes, bytes);
    this.bytes += bytes.length;
    if (isLast) this.lasts += 1;
    if (this.isReading) this.exchange?.consumed(bytes.length);
  }

  /** Writes what it may; ends its direction after the last byte. */
  writable(): void {
    while (this.#written < this.totalBytes) {
      const length = Math.min(CHUNK_BYTES, this.totalBytes - this.#written);
      this.#written += length;
      if (this.exchange?.write(pattern(this.#written - length, length)) === false) break;
    }
    if (this.#written === this.totalBytes) this.exchange?.end();
  }

  failed(failure: ExchangeFailure): void {
    this.failures.push(failure);
  }

  /** Cuts the stream as its opener; true when it still ran. */
  cancel(): boolean {
    const isRunning = this.exchange?.isOver === false;
    this.exchange?.cancel('scraper_gone');
    return isRunning;
  }
}
