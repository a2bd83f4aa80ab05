// A session and its socket joined: frames go out as the socket takes them, faults of the peer close the tunnel and nothing else.
// It knows neither role nor WebSocket.

import { CLOSE_REASONS, ProtocolError, type CloseName } from '@pullway/shared/protocol/protocol-error';
import type { Session, SessionOptions } from '@pullway/shared/protocol/session';
import type { FrameSocket, FrameSocketObserver } from './frame-socket.ts';

export interface TunnelEnd {
  /** Close code of the WebSocket; 1006 when the connection broke. */
  readonly code: number;
  /** For people. */
  readonly reason: string;
}

export interface TunnelOptions<Kind extends Session> {
  readonly socket: FrameSocket;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  readonly createSession: (options: SessionOptions) => Kind;
  /** Runs a step at the end of this turn of the event loop: `setImmediate`, unless time is simulated. */
  readonly defer?: (step: () => void) => void;
  /** The tunnel is over, and all its exchanges with it; told exactly once. */
  readonly ended: (end: TunnelEnd) => void;
}

export class Tunnel<Kind extends Session> implements FrameSocketObserver {
  readonly session: Kind;
  readonly #socket: FrameSocket;
  readonly #ended: (end: TunnelEnd) => void;
  readonly #defer: (step: () => void) => void;
  #isPumpDue = false;
  #end: TunnelEnd | undefined;
  #isOver = false;

  constructor(options: TunnelOptions<Kind>) {
    this.#socket = options.socket;
    this.#ended = options.ended;
    this.#defer = options.defer ?? setImmediate;
    this.session = options.createSession({ now: options.now, wake: () => this.#schedulePump() });
  }

  /** Whether closed() was told. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** To be called about once a second: keeps the tunnel alive, or finds that it is dead. */
  tick(): void {
    this.#guard(() => {
      if (this.session.tick() === 'dead') this.abort(new Error('the other end was silent for too long'));
    });
  }

  /** Closes in order and tells the peer why; exchanges that still run fail. Idempotent. */
  close(name: CloseName, reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = { code: CLOSE_REASONS[name].code, reason };
    this.#pump();
    this.#socket.close(this.#end.code, reason);
    this.session.lose(reason);
  }

  /** Cuts the connection; exchanges that still run fail. Idempotent. */
  abort(error: Error): void {
    this.#end ??= { code: 1006, reason: error.message };
    this.#socket.cut();
    this.session.lose(error.message);
  }

  received(message: Uint8Array): void {
    if (this.#end === undefined) this.#guard(() => this.session.receive(message));
  }

  /**
   * Not at once: a socket that the kernel keeps up with drains within the turn, and frames of a long announcement would be made one after the
   * other until its buffer is full.
   */
  drained(): void {
    this.#schedulePump();
  }

  closed(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end ??= { code, reason };
    this.session.lose(this.#end.reason === '' ? 'the connection broke' : this.#end.reason);
    this.#ended(this.#end);
  }

  /** Once per turn of the event loop, so that frames of many exchanges go to the kernel together. */
  #schedulePump(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    this.#defer(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isOver) return;
    this.#guard(() => this.#socket.batch(() => this.#sendWhileWritable()));
  }

  #sendWhileWritable(): void {
    while (this.#socket.isWritable) {
      const frame = this.session.nextFrame();
      if (frame === undefined) return;
      this.#socket.send(frame);
    }
  }

  /** A fault of the peer ends this tunnel; a fault of our own is not hidden here. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.closeName, error.message);
    }
  }
}
