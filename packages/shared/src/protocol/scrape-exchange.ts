// A scrape as its opener (the proxy) holds it: waits for RESPONSE, receives the body, grants credit as it is read.

import type { ReceiveWindow } from './credit.ts';
import { encodeCancel, encodeCredit } from './encode.ts';
import { Exchange, type ExchangeFailure, type ExchangePorts } from './exchange.ts';
import type { CancelCode, ExchangeFrame, ResponseHead } from './frames.ts';
import { ProtocolError } from './protocol-error.ts';

/** Told in this order: responded, received …, and either the call whose `isLast` is true or failed. Nothing after that, nor after cancel(). */
export interface ScrapeObserver {
  /** Status and header fields, with the first bytes of the body (often all of it). */
  responded(head: ResponseHead, body: Uint8Array, isLast: boolean): void;
  received(bytes: Uint8Array, isLast: boolean): void;
  /** The answer will not be complete. After responded() this means a cut body. */
  failed(failure: ExchangeFailure): void;
}

export class ScrapeExchange extends Exchange {
  readonly #window: ReceiveWindow;
  readonly #observer: ScrapeObserver;

  constructor(id: number, window: ReceiveWindow, observer: ScrapeObserver, ports: ExchangePorts) {
    super(id, 'requested', ports);
    this.#window = window;
    this.#observer = observer;
  }

  override receive(frame: ExchangeFrame): void {
    switch (frame.type) {
      case 'response':
        this.#window.received(frame.body.length);
        this.advance(frame.isEnd ? 'response_end' : 'response');
        return this.#observer.responded(frame.head, frame.body, frame.isEnd);
      case 'data':
        this.#window.received(frame.bytes.length);
        this.advance(frame.isEnd ? 'answerer_end' : 'answerer_data');
        return this.#observer.received(frame.bytes, frame.isEnd);
      case 'failure':
        this.advance('failure');
        return this.failed(frame);
      default:
        throw new ProtocolError(`${frame.type} for a scrape that this end opened`);
    }
  }

  override takeTurn(): undefined {
    return undefined;
  }

  /** The scraper has taken `bytes` of the body. */
  consumed(bytes: number): void {
    if (this.isOver) return;
    const credit = this.#window.consumed(bytes, this.ports.now(), this.ports.minRoundTripMs());
    if (credit > 0) this.ports.sendControl(encodeCredit(this.id, credit));
  }

  /** Ends the scrape. The observer is told nothing more. Idempotent. */
  cancel(code: CancelCode, message = ''): void {
    if (this.isOver) return;
    this.ports.sendControl(encodeCancel(this.id, code, message));
    this.finishQuietly();
  }

  protected override failed(failure: ExchangeFailure): void {
    this.#observer.failed({ code: failure.code, message: failure.message });
  }

  protected override release(): void {
    this.#window.close();
  }
}
