// The seam between a tunnel and its connection: what a tunnel asks of a socket, and what a socket tells a tunnel.
// The same contract holds for the WebSocket and for the in-memory pair of the tests.

/** A message-oriented connection. All methods are no-ops once it is closed. */
export interface FrameSocket {
  /** Whether the connection takes more now. After false, drained() follows (or closed()). */
  readonly isWritable: boolean;
  /** Hands over one frame, which the socket then owns. It may be buffered, never dropped while the connection lives. */
  send(frame: Uint8Array): void;
  /** Runs `write`, and gives everything that it sends to the kernel at once. */
  batch(write: () => void): void;
  /** Closes in order: frames that were sent arrive, then the peer learns `code` and `reason`. */
  close(code: number, reason: string): void;
  /** Cuts the connection now, for a peer that no longer answers. */
  cut(): void;
}

export interface FrameSocketObserver {
  /** One whole message. @throws nothing: faults of the peer are the observer's to handle. */
  received(message: Uint8Array): void;
  /** isWritable is true again. */
  drained(): void;
  /** The connection is over, however it came about; told exactly once. `code` is 1006 when the peer said none. */
  closed(code: number, reason: string): void;
}
