// The sending direction of an exchange: bytes wait here for credit and for their turn.
// It merges small chunks into frames of at most MAX_DATA_BYTES and tells the producer when to wait.

import { SendCredit } from './credit.ts';
import { MAX_DATA_BYTES, SEND_QUEUE_HIGH_WATER_BYTES } from './limits.ts';

/** What may go into one frame now. */
export interface Portion {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  /** Nothing follows in this direction. */
  readonly isEnd: boolean;
}

export class Sender {
  readonly credit: SendCredit;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isEnded = false;
  #isEndTaken = false;
  #isProducerWaiting = false;

  constructor(windowBytes: number) {
    this.credit = new SendCredit(windowBytes);
  }

  /** Queues `bytes`. False: stop producing until `shouldWakeProducer` was true. @throws Error after end(), a fault of the caller. */
  push(bytes: Uint8Array): boolean {
    if (this.#isEnded) throw new Error('bytes after the end of a direction');
    // An empty chunk counts for nothing, so it would escape the bound of the queue.
    if (bytes.length > 0) this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= SEND_QUEUE_HIGH_WATER_BYTES) this.#isProducerWaiting = true;
    return !this.#isProducerWaiting;
  }

  end(): void {
    this.#isEnded = true;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether a turn would bring a frame: bytes with credit, or the end. */
  get isReady(): boolean {
    return this.#bytes > 0 ? this.credit.available > 0 : this.#isEnded && !this.#isEndTaken;
  }

  /** Takes what fits into one frame and the credit. */
  take(): Portion {
    const limit = Math.min(MAX_DATA_BYTES, this.credit.available);
    const portion = this.#bytes <= limit ? this.#takeAll() : this.#takePart(limit);
    this.credit.spend(portion.bytes);
    if (portion.isEnd) this.#isEndTaken = true;
    return portion;
  }

  /** True once after the queue has drained far enough for the producer to go on. */
  shouldWakeProducer(): boolean {
    if (!this.#isProducerWaiting || this.#bytes > SEND_QUEUE_HIGH_WATER_BYTES / 2) return false;
    this.#isProducerWaiting = false;
    return true;
  }

  /** Forgets what was queued. */
  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }

  #takeAll(): Portion {
    const portion = { chunks: this.#chunks, bytes: this.#bytes, isEnd: this.#isEnded };
    this.clear();
    return portion;
  }

  #takePart(limit: number): Portion {
    let missing = limit;
    let whole = 0;
    for (const chunk of this.#chunks) {
      if (chunk.length > missing) break;
      missing -= chunk.length;
      whole += 1;
    }
    const chunks = this.#chunks.splice(0, whole);
    const first = this.#chunks[0];
    if (missing > 0 && first !== undefined) {
      chunks.push(first.subarray(0, missing));
      this.#chunks[0] = first.subarray(missing);
    }
    this.#bytes -= limit;
    return { chunks, bytes: limit, isEnd: false };
  }
}
