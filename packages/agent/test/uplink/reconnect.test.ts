import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSE_REASONS } from '@pullway/shared/protocol/protocol-error';
import { DialError } from '../../src/uplink/dial-error.ts';
import { dialSetback, endSetback } from '../../src/uplink/reconnect.ts';

for (const [name, { code, reconnect, meaning }] of Object.entries(CLOSE_REASONS)) {
  test(`knows close code ${code} as ${name}`, () => {
    assert.deepEqual(endSetback({ code, reason: '' }), { reason: name, reconnect, message: meaning });
    assert.equal(endSetback({ code, reason: 'in other words' }).message, 'in other words');
  });
}

test('takes every other end for a lost connection', () => {
  assert.deepEqual(endSetback({ code: 1006, reason: '' }), {
    reason: 'lost',
    reconnect: 'with-backoff',
    message: 'the connection broke',
  });
  assert.equal(endSetback({ code: 4999, reason: 'from the future' }).reason, 'lost');
});

test('tells an attempt that failed from one that was refused', () => {
  assert.equal(dialSetback(new DialError('x', 'with-backoff')).reason, 'dial_failed');
  assert.equal(dialSetback(new DialError('x', 'after-operator')).reason, 'refused');
});
