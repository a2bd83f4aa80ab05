// Bytes of one JSON text that arrives in pieces, up to a bound.

import { ApiError } from './api-error.ts';

export class ByteStore {
  readonly #maxBytes: number;
  readonly #what: string;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** `what`, for the error. */
  constructor(maxBytes: number, what: string) {
    this.#maxBytes = maxBytes;
    this.#what = what;
  }

  /** @throws ApiError malformed beyond the bound. */
  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) {
      throw new ApiError('malformed', `${this.#what} is larger than ${this.#maxBytes} bytes`);
    }
    this.#pieces.push(piece);
  }

  /** What was added since the last time, as text. */
  take(): string {
    const [first = Buffer.alloc(0)] = this.#pieces;
    const text = (this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first).toString();
    this.#pieces = [];
    this.#bytes = 0;
    return text;
  }
}
