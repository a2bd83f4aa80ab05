// The server's end of a connection whose other end is the test: what the test says arrives as a request, what the server writes can be read.

import { Duplex } from 'node:stream';

export class MemoryConnection extends Duplex {
  /** Everything that was written, as Latin-1. */
  received = '';
  /** Once false the first write stays in the buffer, as when the peer does not read. */
  isReading = true;
  #held: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1024 });
  }

  /** The peer sends `text`, which the server has when this settles. */
  async say(text: string): Promise<this> {
    this.push(text, 'latin1');
    await nextTurn();
    return this;
  }

  /** The peer reads again, and all that waited for it. */
  async resumeReading(): Promise<void> {
    this.isReading = true;
    this.#held?.();
    await nextTurn();
  }

  /** The peer is gone. */
  async hangUp(): Promise<void> {
    this.destroy();
    await nextTurn();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.received += chunk.toString('latin1');
    if (this.isReading) done();
    else this.#held = done;
  }
}

/** Lets everything run that is due by now. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
