// What all exchanges share: a number, a state, and the end that comes exactly once.
// An exchange is handed functions, never its session; it knows frames, but no socket and no clock.

import { nextState, type ExchangeEvent, type ExchangeState } from './exchange-states.ts';
import type { CancelCode, ExchangeFrame, FailureCode } from './frames.ts';
import { ProtocolError } from './protocol-error.ts';

/** What a session lends to its exchanges. */
export interface ExchangePorts {
  /** Queues a control frame; it goes out before any data. */
  sendControl(frame: Uint8Array): void;
  /** The exchange has something to send when its turn comes. Idempotent. */
  requestTurn(exchange: Exchange): void;
  /** The exchange is over on this end; its number may be forgotten. */
  forget(exchange: Exchange): void;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Smallest round trip seen, in milliseconds; undefined before the first. */
  minRoundTripMs(): number | undefined;
}

/** Why an exchange ended early: what the peer said, or `tunnel_lost` when there is no peer any more. */
export interface ExchangeFailure {
  readonly code: FailureCode | CancelCode | 'tunnel_lost';
  /** For people; may be empty. */
  readonly message: string;
}

export abstract class Exchange {
  readonly id: number;
  protected readonly ports: ExchangePorts;
  #state: ExchangeState;

  constructor(id: number, initial: ExchangeState, ports: ExchangePorts) {
    this.id = id;
    this.ports = ports;
    this.#state = initial;
  }

  /** @throws ProtocolError for a frame that the state does not allow. */
  abstract receive(frame: ExchangeFrame): void;

  /** The next frame of this exchange, when its turn has come; undefined when credit or data are missing. */
  abstract takeTurn(): Uint8Array | undefined;

  /** Tells the observer and gives back what is held; called once, on the way to `over` without a regular end. */
  protected abstract failed(failure: ExchangeFailure): void;

  /** Gives back windows and queues. Idempotent. */
  protected abstract release(): void;

  get isOver(): boolean {
    return this.#state === 'over';
  }

  get state(): ExchangeState {
    return this.#state;
  }

  /** The tunnel broke, or the peer no longer knows this exchange. */
  lose(message: string): void {
    if (!this.isOver) this.finishEarly({ code: 'tunnel_lost', message });
  }

  /** @throws ProtocolError when the table has no such step. */
  protected advance(event: ExchangeEvent): void {
    const next = nextState(this.#state, event);
    if (next === undefined) throw new ProtocolError(`${event} in state ${this.#state} of exchange ${this.id}`);
    this.#state = next;
    if (next === 'over') this.#leave();
  }

  /** Ends without a regular last frame: releases first, so that the observer sees an exchange that holds nothing. */
  protected finishEarly(failure: ExchangeFailure): void {
    this.#state = 'over';
    this.#leave();
    this.failed(failure);
  }

  /** Ends at the wish of this end; its own observer is not told. */
  protected finishQuietly(): void {
    this.#state = 'over';
    this.#leave();
  }

  #leave(): void {
    this.release();
    this.ports.forget(this);
  }
}
