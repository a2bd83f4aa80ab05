// Two FrameSockets joined by a link in simulated time, with a delay, a bandwidth and a send buffer for each direction.

import type { FrameSocket, FrameSocketObserver } from '@pullway/shared/tunnel/frame-socket';
import type { SimulatedClock } from './simulated-clock.ts';

export interface LinkOptions {
  readonly clock: SimulatedClock;
  /** One way, in milliseconds. */
  readonly delayMs?: number;
  /** In each direction. */
  readonly bytesPerMs?: number;
  /** Bytes in the send buffer from which on a socket is not writable. */
  readonly highWaterBytes?: number;
}

const DEFAULT_HIGH_WATER_BYTES = 256 * 1024;
const BROKEN = 1006;

export class SimulatedLink {
  readonly left: SimulatedSocket;
  readonly right: SimulatedSocket;
  /** What goes over the link vanishes, and nobody is told: a firewall that forgot the connection. */
  isSwallowing = false;
  /** Nobody reads at the right end: what is sent to it stays in the buffer of the left one. */
  isStalled = false;

  constructor(options: LinkOptions) {
    this.left = new SimulatedSocket(this, options);
    this.right = new SimulatedSocket(this, options);
  }

  peerOf(socket: SimulatedSocket): SimulatedSocket {
    return socket === this.left ? this.right : this.left;
  }

  /** The right end reads again. */
  resume(): void {
    this.isStalled = false;
    this.left.leaveStall();
  }

  /** The connection breaks for both ends at once. */
  break(): void {
    this.left.endWith(BROKEN, '');
    this.right.endWith(BROKEN, '');
  }
}

export class SimulatedSocket implements FrameSocket {
  readonly #link: SimulatedLink;
  readonly #clock: SimulatedClock;
  readonly #delayMs: number;
  readonly #bytesPerMs: number;
  readonly #highWaterBytes: number;
  #observer: FrameSocketObserver | undefined;
  #sentUntil = 0;
  #isFull = false;
  #isClosing = false;
  #isClosed = false;
  readonly #stalled: Uint8Array[] = [];
  /** Bytes in the send buffer. */
  queuedBytes = 0;
  mostQueuedBytes = 0;
  framesSent = 0;

  constructor(link: SimulatedLink, { clock, delayMs, bytesPerMs, highWaterBytes }: LinkOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#delayMs = delayMs ?? 0;
    this.#bytesPerMs = bytesPerMs ?? Infinity;
    this.#highWaterBytes = highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES;
  }

  observe(observer: FrameSocketObserver): void {
    this.#observer = observer;
  }

  get isWritable(): boolean {
    return this.queuedBytes < this.#highWaterBytes;
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing || this.#isClosed) return;
    this.framesSent += 1;
    this.queuedBytes += frame.length;
    this.mostQueuedBytes = Math.max(this.mostQueuedBytes, this.queuedBytes);
    if (!this.isWritable) this.#isFull = true;
    if (this.#link.isStalled && this === this.#link.left) this.#stalled.push(frame);
    else this.#transmit(frame);
  }

  #transmit(frame: Uint8Array): void {
    this.#sentUntil = Math.max(this.#clock.now(), this.#sentUntil) + frame.length / this.#bytesPerMs;
    this.#at(this.#sentUntil, () => this.#leaveBuffer(frame.length));
    this.#at(this.#sentUntil + this.#delayMs, () => {
      if (!this.#link.isSwallowing) this.#link.peerOf(this).deliver(frame);
    });
  }

  batch(write: () => void): void {
    write();
  }

  close(code: number, reason: string): void {
    if (this.#isClosing || this.#isClosed) return;
    this.#isClosing = true;
    const arrivesAt = Math.max(this.#clock.now(), this.#sentUntil) + this.#delayMs;
    this.#at(arrivesAt, () => {
      if (!this.#link.isSwallowing) this.#link.peerOf(this).endWith(code, reason);
    });
    this.#at(arrivesAt + this.#delayMs, () => this.endWith(code, reason));
  }

  cut(): void {
    const peer = this.#link.peerOf(this);
    this.#clock.after(0, () => this.endWith(BROKEN, ''));
    this.#clock.after(this.#delayMs, () => {
      if (!this.#link.isSwallowing) peer.endWith(BROKEN, '');
    });
  }

  deliver(frame: Uint8Array): void {
    if (!this.#isClosing && !this.#isClosed) this.#observer?.received(frame);
  }

  endWith(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#observer?.closed(code, reason);
  }

  leaveStall(): void {
    for (const frame of this.#stalled.splice(0)) this.#transmit(frame);
  }

  #leaveBuffer(bytes: number): void {
    this.queuedBytes -= bytes;
    if (!this.#isFull || this.queuedBytes > 0 || this.#isClosed) return;
    this.#isFull = false;
    this.#observer?.drained();
  }

  #at(time: number, run: () => void): void {
    this.#clock.after(time - this.#clock.now(), run);
  }
}
