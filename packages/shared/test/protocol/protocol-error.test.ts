import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSE_REASONS, reconnectAfter } from '@pullway/shared/protocol/protocol-error';

test('each close code is free for applications or defined by RFC 6455, and used once', () => {
  const codes = Object.values(CLOSE_REASONS).map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
  for (const code of codes) assert.ok(code === 1001 || (code >= 4000 && code <= 4999));
});

for (const [code, expected] of [
  [4001, 'after-operator'],
  [4003, 'after-operator'],
  [4005, 'after-operator'],
  [4009, 'as-standby'],
  [4012, 'with-backoff'],
  [1001, 'with-backoff'],
  [1006, 'with-backoff'],
  [4999, 'with-backoff'],
] as const) {
  test(`after code ${code} an agent reconnects ${expected}`, () => {
    assert.equal(reconnectAfter(code), expected);
  });
}
