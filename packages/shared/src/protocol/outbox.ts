// What waits for the socket: control frames first, then announcements and exchanges in turn, one frame each.
// It hands out frames; when, is up to whoever watches the socket.

import type { Exchange } from './exchange.ts';
import { MAX_CONTROL_QUEUE_BYTES } from './limits.ts';

export class Outbox {
  #control: Uint8Array[] = [];
  #controlHead = 0;
  #controlBytes = 0;
  #bulk: Iterator<Uint8Array> | undefined;
  readonly #bulkWaiting: Iterator<Uint8Array>[] = [];
  /** Exchanges with something to send; a Set keeps the order of arrival and holds each once. */
  readonly #turns = new Set<Exchange>();
  #isBulkTurn = false;

  pushControl(frame: Uint8Array): void {
    this.#control.push(frame);
    this.#controlBytes += frame.length;
  }

  /** The peer lets more control frames pile up than any peer that reads. */
  get isOverfull(): boolean {
    return this.#controlBytes > MAX_CONTROL_QUEUE_BYTES;
  }

  /** Queues frames that are made one at a time, so that a long list costs no memory while it waits. */
  pushBulk(frames: Iterator<Uint8Array>): void {
    this.#bulkWaiting.push(frames);
  }

  requestTurn(exchange: Exchange): void {
    this.#turns.add(exchange);
  }

  /** The next frame, or undefined when nothing may be sent now. */
  next(): Uint8Array | undefined {
    return this.#nextControl() ?? this.#nextInTurn();
  }

  #nextControl(): Uint8Array | undefined {
    const frame = this.#control[this.#controlHead];
    if (frame === undefined) return undefined;
    this.#controlHead += 1;
    this.#controlBytes -= frame.length;
    if (this.#controlHead === this.#control.length) {
      this.#control = [];
      this.#controlHead = 0;
    }
    return frame;
  }

  /** Announcements count as one participant among the exchanges: every other frame at most. */
  #nextInTurn(): Uint8Array | undefined {
    this.#isBulkTurn = !this.#isBulkTurn;
    return this.#isBulkTurn
      ? (this.#nextBulk() ?? this.#nextOfExchanges())
      : (this.#nextOfExchanges() ?? this.#nextBulk());
  }

  #nextBulk(): Uint8Array | undefined {
    for (;;) {
      this.#bulk ??= this.#bulkWaiting.shift();
      if (this.#bulk === undefined) return undefined;
      const { value, done } = this.#bulk.next();
      if (done !== true) return value;
      this.#bulk = undefined;
    }
  }

  #nextOfExchanges(): Uint8Array | undefined {
    for (const exchange of this.#turns) {
      this.#turns.delete(exchange);
      // An exchange that has more to send asks for a further turn while it takes this one, and so goes to the end.
      const frame = exchange.takeTurn();
      if (frame !== undefined) return frame;
    }
    return undefined;
  }
}
