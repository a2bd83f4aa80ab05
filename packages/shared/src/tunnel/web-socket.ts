// A `ws` WebSocket and its TCP or TLS socket as a FrameSocket. It knows nothing of what the frames mean.

import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { CLOSE_REASONS } from '@pullway/shared/protocol/protocol-error';
import type { FrameSocket, FrameSocketObserver } from './frame-socket.ts';

/** Bytes waiting in the process above which nothing more is handed over: enough to keep the kernel busy, little enough to let a short frame pass soon. */
const HIGH_WATER_BYTES = 256 * 1024;

/** Time that the peer has to answer a close before the connection is cut, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5_000;

/** RFC 6455, 5.5: a close reason has at most 123 bytes. */
const MAX_CLOSE_REASON_BYTES = 123;

/** RFC 6455, 7.1.5: what `ws` says when the peer closed without a code, and what this code base says for "no code". */
const NO_STATUS = 1005;
const NO_CODE = 1006;

const encoder = new TextEncoder();

export class WebSocketFrames implements FrameSocket {
  readonly #webSocket: WebSocket;
  readonly #connection: Duplex;
  #closeTimer: NodeJS.Timeout | undefined;
  #isClosing = false;

  /** `connection` is what the WebSocket runs over; it is used to gather frames and to see how much of them waits. */
  constructor(webSocket: WebSocket, connection: Duplex) {
    this.#webSocket = webSocket;
    this.#connection = connection;
  }

  /** Begins to tell `observer`; once. */
  observe(observer: FrameSocketObserver): void {
    this.#webSocket.on('message', (message: RawData, isBinary: boolean) => {
      if (this.#isClosing) return;
      if (isBinary && Buffer.isBuffer(message)) observer.received(message);
      else this.close(CLOSE_REASONS.protocol_error.code, 'text message');
    });
    this.#connection.on('drain', () => observer.drained());
    // The fault itself (too long a message, a reset) needs no care of ours: 'close' follows each of them.
    this.#webSocket.on('error', () => {});
    this.#webSocket.once('close', (code: number, reason: Buffer) => {
      clearTimeout(this.#closeTimer);
      observer.closed(code === NO_STATUS ? NO_CODE : code, reason.toString('utf8'));
    });
  }

  get isWritable(): boolean {
    return this.#connection.writableLength < HIGH_WATER_BYTES;
  }

  send(frame: Uint8Array): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.send(frame, ignoreSendError);
  }

  batch(write: () => void): void {
    this.#connection.cork();
    try {
      write();
    } finally {
      this.#connection.uncork();
    }
  }

  close(code: number, reason: string): void {
    if (this.#isClosing || this.#webSocket.readyState === this.#webSocket.CLOSED) return;
    this.#isClosing = true;
    this.#webSocket.close(code, closeReason(reason));
    this.#closeTimer = setTimeout(() => this.cut(), CLOSE_TIMEOUT_MS);
  }

  cut(): void {
    this.#webSocket.terminate();
  }
}

/** `reason` in UTF-8, cut after the last character that fits whole: a peer must refuse half a one. */
function closeReason(reason: string): Buffer {
  const bytes = Buffer.alloc(MAX_CLOSE_REASON_BYTES);
  return bytes.subarray(0, encoder.encodeInto(reason, bytes).written);
}

/** A send that fails is followed by 'close', where it is handled; without a callback `ws` would throw. */
function ignoreSendError(): void {}
