// Reads a payload front to back. Running off its end is a protocol error, never a RangeError.

import { ProtocolError } from './protocol-error.ts';

export class PayloadReader {
  readonly #buffer: Buffer;
  #offset: number;

  constructor(buffer: Buffer, offset: number) {
    this.#buffer = buffer;
    this.#offset = offset;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#advance(2));
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#advance(4));
  }

  /** All integers that are left. @throws ProtocolError when a part of one is left over. */
  u32s(): readonly number[] {
    const values: number[] = [];
    while (this.#offset < this.#buffer.length) values.push(this.u32());
    return values;
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#buffer.subarray(start, start + length);
  }

  /** The next `length` bytes as latin1. */
  text(length: number): string {
    const start = this.#advance(length);
    return this.#buffer.toString('latin1', start, start + length);
  }

  /** A view of what is left. */
  rest(): Uint8Array {
    return this.bytes(this.#buffer.length - this.#offset);
  }

  /** What is left as latin1. */
  restAsText(): string {
    return this.text(this.#buffer.length - this.#offset);
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (start + length > this.#buffer.length) throw new ProtocolError('frame is shorter than its fields');
    this.#offset = start + length;
    return start;
  }
}
