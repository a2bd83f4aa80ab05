// Bytes that tell where they belong: byte `i` of a body is i modulo 251, a prime, so that a shift by any frame size shows.

import assert from 'node:assert/strict';

const PERIOD = 251;
const LONGEST = 1024 * 1024;
const bytes = Buffer.from(Array.from({ length: LONGEST + PERIOD }, (_, index) => index % PERIOD));

/** The `length` bytes of every body from `offset` on; at most 1 MiB, shared, not to be written to. */
export function pattern(offset: number, length: number): Uint8Array {
  assert.ok(length <= LONGEST);
  return bytes.subarray(offset % PERIOD, (offset % PERIOD) + length);
}

export function assertPattern(offset: number, received: Uint8Array): void {
  assert.equal(
    Buffer.compare(received, pattern(offset, received.length)),
    0,
    `bytes from ${offset} on are not those that were sent`,
  );
}
