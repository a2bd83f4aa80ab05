import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame } from '@pullway/shared/protocol/decode';
import { encodeConnect, encodeFailure, encodeRequest, sealHead } from '@pullway/shared/protocol/encode';
import type { RequestHead, ResponseHead } from '@pullway/shared/protocol/frames';
import { HeadError } from '@pullway/shared/protocol/head-error';
import { MAX_HEADER_BLOCK_BYTES, MAX_MESSAGE_BYTES } from '@pullway/shared/protocol/limits';

const request: RequestHead = { deadlineMs: 9500, method: 'GET', address: 'client:9100', path: '/metrics', headers: [] };
const response: ResponseHead = { status: 200, reason: 'OK', headers: [] };

// The receiver would close the tunnel, and with it the scrapes of everybody else, for each of these.
const unfitRequests: readonly (readonly [string, Partial<RequestHead>])[] = [
  ['a path beyond 65,535 characters', { path: `/${'a'.repeat(65_535)}` }],
  ['a path with a blank', { path: '/a b' }],
  ['a path that does not begin with a slash', { path: 'http://x/' }],
  ['a path beyond latin1', { path: '/\u010a' }],
  ['an address with a line break', { address: 'client\n:9100' }],
  ['a header block that is too long', { headers: ['X', 'a'.repeat(MAX_HEADER_BLOCK_BYTES)] }],
  ['a header value with a line break', { headers: ['X', 'a\nY\nb'] }],
];

for (const [what, part] of unfitRequests) {
  test(`refuses to send a request with ${what}`, () => {
    assert.throws(() => encodeRequest(1, 1, { ...request, ...part }), HeadError);
  });
}

// U+010A is written as 0x0A in latin1: one exporter's odd reason would have forged header fields.
const unfitResponses: readonly (readonly [string, Partial<ResponseHead>])[] = [
  ['a reason beyond latin1', { reason: 'O\u010aK' }],
  ['a reason with a line break', { reason: 'OK\r\nX: y' }],
  ['a reason that is too long', { reason: 'a'.repeat(65_536) }],
  ['a value beyond latin1', { headers: ['X', '\u010a'] }],
  ['a status that is no final one', { status: 100 }],
  ['a status that is no number', { status: Number.NaN }],
];

for (const [what, part] of unfitResponses) {
  test(`refuses to send a response with ${what}`, () => {
    assert.throws(() => sealHead({ ...response, ...part }), HeadError);
  });
}

test('refuses to send a CONNECT with a blank in its address', () => {
  assert.throws(() => encodeConnect(1, 1, { deadlineMs: 1, address: 'a b' }), HeadError);
});

for (const [deadlineMs, sent] of [
  [9500.9, 9500],
  [-3, 0],
  [2 ** 40, 2 ** 32 - 1],
] as const) {
  test(`sends a deadline of ${deadlineMs} ms as ${sent}`, () => {
    const frame = decodeFrame(encodeRequest(1, 1, { ...request, deadlineMs }));
    assert.equal(frame?.type === 'request' && frame.head.deadlineMs, sent);
  });
}

test('cuts the text of a failure after a whole character', () => {
  const frame = decodeFrame(encodeFailure(1, 'target_tls', 'é'.repeat(MAX_MESSAGE_BYTES)));
  assert.equal(frame?.type === 'failure' && frame.message, 'é'.repeat(MAX_MESSAGE_BYTES / 2));
  const odd = decodeFrame(encodeFailure(1, 'target_tls', `a${'é'.repeat(MAX_MESSAGE_BYTES)}`));
  assert.equal(odd?.type === 'failure' && odd.message, `a${'é'.repeat(MAX_MESSAGE_BYTES / 2 - 1)}`);
});
