import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeFrame } from '@pullway/shared/protocol/decode';
import { MAX_DATA_BYTES, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES } from '@pullway/shared/protocol/limits';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';
import { arbitraryFrame, arbitraryMessage } from '../support/arbitrary-frames.ts';
import { encodeFrame, plainBytes } from '../support/real-codec.ts';
import { referenceDecode, referenceEncode, type Verdict } from '../support/reference-codec.ts';

const SEED = 20_261_124;

function frame(code: number, flags: number, exchange: number, payload: Uint8Array | string = ''): Uint8Array {
  const header = Buffer.alloc(6);
  header.writeUInt8(code, 0);
  header.writeUInt8(flags, 1);
  header.writeUInt32BE(exchange, 2);
  return Buffer.concat([header, Buffer.from(payload)]);
}

function verdictOf(message: Uint8Array): Verdict {
  try {
    return plainBytes(decodeFrame(message)) ?? 'ignored';
  } catch (error) {
    // Anything else is a fault of the codec, and fails the test.
    if (error instanceof ProtocolError) return 'error';
    throw error;
  }
}

test('every frame comes back as it was sent, and both codecs write the same bytes', () => {
  fc.assert(
    fc.property(arbitraryFrame, (sent) => {
      const bytes = encodeFrame(sent);
      assert.deepEqual(Uint8Array.from(bytes), referenceEncode(sent));
      assert.deepEqual(plainBytes(decodeFrame(bytes)), plainBytes(sent));
    }),
    { seed: SEED, numRuns: 10_000 },
  );
});

test('both codecs say the same of 120,000 random and damaged messages, and nothing but a ProtocolError is thrown', () => {
  fc.assert(
    fc.property(arbitraryMessage, (message) => {
      const verdict = verdictOf(message);
      const expected = referenceDecode(message);
      if (expected !== 'json') assert.deepEqual(verdict, expected);
    }),
    { seed: SEED, numRuns: 120_000 },
  );
});

const refused: readonly (readonly [string, Uint8Array])[] = [
  ['an empty message', new Uint8Array(0)],
  ['less than a header', new Uint8Array(5)],
  ['a message longer than the bound', frame(0x14, 0, 1, new Uint8Array(MAX_FRAME_BYTES))],
  ['an unknown type', frame(0x30, 0, 0)],
  ['type 0', frame(0, 0, 0)],
  ['a frame of the tunnel with an exchange', frame(0x04, 0, 1, new Uint8Array(8))],
  ['a frame of an exchange without one', frame(0x14, 0, 0)],
  ['a PING that is too short', frame(0x04, 0, 0, new Uint8Array(7))],
  ['a RECONCILE with half a number', frame(0x06, 0, 0, new Uint8Array(6))],
  ['a CREDIT that is too short', frame(0x15, 0, 1, new Uint8Array(3))],
  ['one byte of data too many', frame(0x14, 0, 1, new Uint8Array(MAX_DATA_BYTES + 1))],
  ['status 101', frame(0x12, 0, 1, Buffer.from([0, 101, 0, 0, 0, 0, 0, 0]))],
  ['status 1000', frame(0x12, 0, 1, Buffer.from([3, 232, 0, 0, 0, 0, 0, 0]))],
  ['a line break in a reason', frame(0x12, 0, 1, Buffer.from([0, 200, 0, 1, 10, 0, 0, 0, 0]))],
  ['a header block beyond its frame', frame(0x12, 0, 1, Buffer.from([0, 200, 0, 0, 255, 255, 255, 255]))],
  ['an unknown method', frame(0x10, 0, 1, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 1, 97, 0, 1, 47]))],
  ['a path that is no path', frame(0x10, 0, 1, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 97, 0, 1, 97]))],
  ['a blank in a path', frame(0x10, 0, 1, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 97, 0, 2, 47, 32]))],
  ['a line break in an address', frame(0x11, 0, 1, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 10]))],
  ['an unknown cancel code', frame(0x16, 0, 1, Buffer.from([99]))],
  ['an unknown failure code', frame(0x17, 0, 1, Buffer.from([0]))],
  ['a failure text that is too long', frame(0x17, 0, 1, Buffer.alloc(MAX_MESSAGE_BYTES + 2, 1))],
  ['JSON that is none', frame(0x01, 0, 0, '{"versions":')],
  ['JSON that is no object', frame(0x01, 0, 0, '[]')],
  ['JSON null', frame(0x07, 0, 0, 'null')],
  ['JSON that is no UTF-8', frame(0x07, 0, 0, Buffer.from([0x22, 0xff, 0x22]))],
  ['a GOAWAY with a negative wait', frame(0x07, 0, 0, '{"reconnectAfterMs":-1}')],
  ['deeply nested JSON in place of a field', frame(0x07, 0, 0, `{"reason":${'['.repeat(1e5)}${']'.repeat(1e5)}}`)],
];

for (const [what, message] of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(() => decodeFrame(message), ProtocolError);
  });
}

test('ignores an unknown frame that is marked optional, whatever it holds', () => {
  assert.equal(decodeFrame(frame(0x30, 0x80, 0, 'anything')), undefined);
  assert.equal(decodeFrame(frame(0xff, 0x81, 7)), undefined);
});

test('ignores flag bits that are not defined', () => {
  assert.deepEqual(plainBytes(decodeFrame(frame(0x14, 0x7e, 1))), {
    type: 'data',
    exchange: 1,
    isEnd: false,
    bytes: new Uint8Array(0),
  });
});

test('ignores JSON fields that it does not know', () => {
  const text = '{"reason":"soon","reconnectAfterMs":5,"color":{"__proto__":[]}}';
  assert.deepEqual(decodeFrame(frame(0x07, 0, 0, text)), {
    type: 'go_away',
    goAway: { reason: 'soon', reconnectAfterMs: 5 },
  });
});

test('a body is a view of its message, not a copy', () => {
  const message = frame(0x14, 0, 1, 'up 1');
  const decoded = decodeFrame(message);
  assert.ok(decoded?.type === 'data' && decoded.bytes.buffer === message.buffer);
});
