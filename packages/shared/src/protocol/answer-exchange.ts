// A scrape as its answerer (the agent) holds it: status and header fields wait for their turn, so that a body which is complete
// by then travels in the same frame.

import { encodeData, encodeFailure, encodeResponse, sealHead, type SealedHead } from './encode.ts';
import { Exchange, type ExchangeFailure, type ExchangePorts } from './exchange.ts';
import type { ExchangeFrame, FailureCode, ResponseHead } from './frames.ts';
import { HeadError } from './head-error.ts';
import { ProtocolError } from './protocol-error.ts';
import { Sender } from './sender.ts';

export interface AnswerObserver {
  /** After write() was false: go on. */
  writable(): void;
  /** Nobody waits for the answer any more; abort the request to the exporter. Not told after end() or fail(). */
  failed(failure: ExchangeFailure): void;
}

export class AnswerExchange extends Exchange {
  readonly #sender: Sender;
  #hasResponded = false;
  #head: SealedHead | undefined;
  #isObserverDone = false;
  /** Set once by the acceptor, before anything can happen to the exchange. */
  observer: AnswerObserver | undefined;

  constructor(id: number, windowBytes: number, ports: ExchangePorts) {
    super(id, 'requested', ports);
    this.#sender = new Sender(windowBytes);
  }

  override receive(frame: ExchangeFrame): void {
    switch (frame.type) {
      case 'credit':
        this.advance('opener_credit');
        this.#sender.credit.grant(frame.bytes);
        return this.#requestTurn();
      case 'cancel':
        this.advance('cancel');
        return this.failed(frame);
      default:
        throw new ProtocolError(`${frame.type} for a scrape that the other end opened`);
    }
  }

  /**
   * Status and header fields; once. A head that no frame can carry ends the exchange as `target_protocol` at both ends.
   * @throws Error the second time, a fault of the caller.
   */
  respond(head: ResponseHead): void {
    if (this.isOver) return;
    if (this.#hasResponded) throw new Error('a second response to one request');
    const sealed = this.#seal(head);
    if (sealed === undefined) return;
    this.#hasResponded = true;
    this.#head = sealed;
    this.ports.requestTurn(this);
  }

  /** Queues body bytes, which the exchange then owns. False: wait for writable(). @throws Error after end(). */
  write(bytes: Uint8Array): boolean {
    if (this.isOver) return true;
    const mayGoOn = this.#sender.push(bytes);
    this.#requestTurn();
    return mayGoOn;
  }

  /** The body is complete. */
  end(): void {
    if (this.isOver) return;
    this.#isObserverDone = true;
    this.#sender.end();
    this.#requestTurn();
  }

  /** There will be no (complete) answer; what is still queued is dropped. Idempotent. */
  fail(code: FailureCode, message: string): void {
    if (this.isOver) return;
    this.ports.sendControl(encodeFailure(this.id, code, message));
    this.finishQuietly();
  }

  override takeTurn(): Uint8Array | undefined {
    const head = this.#head;
    if (this.isOver || (head === undefined && !this.#mayContinue())) return undefined;
    const portion = this.#sender.take();
    this.#head = undefined;
    const frame =
      head === undefined
        ? encodeData(this.id, portion.chunks, portion.bytes, portion.isEnd)
        : encodeResponse(this.id, head, portion);
    this.advance(eventName(head !== undefined, portion.isEnd));
    if (this.#sender.shouldWakeProducer()) this.observer?.writable();
    this.#requestTurn();
    return frame;
  }

  /** What is written before respond() waits for it. */
  #mayContinue(): boolean {
    return this.#hasResponded && this.#sender.isReady;
  }

  #requestTurn(): void {
    if (!this.isOver && this.#mayContinue()) this.ports.requestTurn(this);
  }

  #seal(head: ResponseHead): SealedHead | undefined {
    try {
      return sealHead(head);
    } catch (error) {
      if (!(error instanceof HeadError)) throw error;
      this.ports.sendControl(encodeFailure(this.id, 'target_protocol', error.message));
      this.finishEarly({ code: 'target_protocol', message: error.message });
      return undefined;
    }
  }

  protected override failed(failure: ExchangeFailure): void {
    if (!this.#isObserverDone) this.observer?.failed({ code: failure.code, message: failure.message });
  }

  protected override release(): void {
    this.#sender.clear();
    this.#head = undefined;
  }
}

function eventName(isHead: boolean, isEnd: boolean): 'response' | 'response_end' | 'answerer_data' | 'answerer_end' {
  if (isHead) return isEnd ? 'response_end' : 'response';
  return isEnd ? 'answerer_end' : 'answerer_data';
}
