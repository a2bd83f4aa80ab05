// A byte stream (CONNECT), the same class at both ends: what differs is which end may say CONNECTED and how it ends early.

import type { ReceiveWindow } from './credit.ts';
import { encodeCancel, encodeConnected, encodeCredit, encodeData, encodeFailure } from './encode.ts';
import { Exchange, type ExchangeFailure, type ExchangePorts } from './exchange.ts';
import type { CancelCode, ExchangeFrame, FailureCode } from './frames.ts';
import { ProtocolError } from './protocol-error.ts';
import { Sender } from './sender.ts';

export type StreamSide = 'opener' | 'answerer';

/** Told in this order: connected (opener only), then received and writable, then the call whose `isLast` is true or failed. */
export interface StreamObserver {
  /** The agent has reached the exporter. */
  connected(): void;
  /** `isLast`: the peer sends no more (like a FIN). */
  received(bytes: Uint8Array, isLast: boolean): void;
  /** After write() was false: go on. */
  writable(): void;
  /** The stream is cut. */
  failed(failure: ExchangeFailure): void;
}

interface StreamOptions {
  readonly side: StreamSide;
  readonly window: ReceiveWindow;
  /** Bytes that this end may send at first; an opener learns it with CONNECTED. */
  readonly sendWindowBytes: number;
}

export class StreamExchange extends Exchange {
  readonly #side: StreamSide;
  readonly #window: ReceiveWindow;
  readonly #sender: Sender;
  #isConnected = false;
  /** Set once by whoever opens or accepts, before anything can happen to the exchange. */
  observer: StreamObserver | undefined;

  constructor(id: number, options: StreamOptions, ports: ExchangePorts) {
    super(id, 'connecting', ports);
    this.#side = options.side;
    this.#window = options.window;
    this.#sender = new Sender(options.sendWindowBytes);
  }

  override receive(frame: ExchangeFrame): void {
    const peer = this.#side === 'opener' ? 'answerer' : 'opener';
    switch (frame.type) {
      case 'connected':
        return this.#connected(frame.windowBytes);
      case 'data':
        this.#window.received(frame.bytes.length);
        this.advance(frame.isEnd ? `${peer}_end` : `${peer}_data`);
        return this.observer?.received(frame.bytes, frame.isEnd);
      case 'credit':
        this.advance(`${peer}_credit`);
        this.#sender.credit.grant(frame.bytes);
        return this.#requestTurn();
      case 'cancel':
      case 'failure':
        if ((frame.type === 'cancel') === (this.#side === 'opener')) break;
        this.advance(frame.type);
        return this.failed(frame);
      default:
    }
    throw new ProtocolError(`${frame.type} for a byte stream of the ${this.#side}`);
  }

  /** The answerer has reached the exporter. */
  accept(): void {
    if (this.isOver) return;
    this.advance('connected');
    this.#isConnected = true;
    this.ports.sendControl(encodeConnected(this.id, this.#window.size));
  }

  /** Queues bytes, which the exchange then owns. False: wait for writable(). @throws Error after end(). */
  write(bytes: Uint8Array): boolean {
    if (this.isOver) return true;
    const mayGoOn = this.#sender.push(bytes);
    this.#requestTurn();
    return mayGoOn;
  }

  /** This end sends no more. */
  end(): void {
    if (this.isOver || this.#sender.isEnded) return;
    this.#sender.end();
    this.#requestTurn();
  }

  /** The consumer has taken `bytes`. */
  consumed(bytes: number): void {
    if (this.isOver) return;
    const credit = this.#window.consumed(bytes, this.ports.now(), this.ports.minRoundTripMs());
    if (credit > 0) this.ports.sendControl(encodeCredit(this.id, credit));
  }

  /** The opener cuts the stream. Idempotent. */
  cancel(code: CancelCode, message = ''): void {
    if (this.isOver) return;
    this.ports.sendControl(encodeCancel(this.id, code, message));
    this.finishQuietly();
  }

  /** The answerer cuts the stream, or could not connect. Idempotent. */
  fail(code: FailureCode, message: string): void {
    if (this.isOver) return;
    this.ports.sendControl(encodeFailure(this.id, code, message));
    this.finishQuietly();
  }

  override takeTurn(): Uint8Array | undefined {
    if (this.isOver || !this.#isConnected || !this.#sender.isReady) return undefined;
    const portion = this.#sender.take();
    const frame = encodeData(this.id, portion.chunks, portion.bytes, portion.isEnd);
    this.advance(portion.isEnd ? `${this.#side}_end` : `${this.#side}_data`);
    if (this.#sender.shouldWakeProducer()) this.observer?.writable();
    if (!portion.isEnd) this.#requestTurn();
    return frame;
  }

  #connected(windowBytes: number): void {
    if (this.#side === 'answerer') throw new ProtocolError('CONNECTED from the opener');
    this.advance('connected');
    this.#isConnected = true;
    this.#sender.credit.grant(windowBytes);
    this.observer?.connected();
    this.#requestTurn();
  }

  #requestTurn(): void {
    if (!this.isOver && this.#isConnected && this.#sender.isReady) this.ports.requestTurn(this);
  }

  protected override failed(failure: ExchangeFailure): void {
    this.observer?.failed({ code: failure.code, message: failure.message });
  }

  protected override release(): void {
    this.#window.close();
    this.#sender.clear();
  }
}
