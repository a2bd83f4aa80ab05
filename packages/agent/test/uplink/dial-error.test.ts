import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionFailed, fileUnusable, upgradeRefused } from '../../src/uplink/dial-error.ts';

function answer(status: number, contentType = 'text/plain', location?: string) {
  return upgradeRefused({ status, reason: 'Reason', contentType, location });
}

test('says who has to act for each kind of answer', () => {
  const stops = [401, 403].map((status) => answer(status).reconnect);
  const retries = [200, 301, 400, 404, 407, 426, 429, 500, 502, 503, 504].map((status) => answer(status).reconnect);
  assert.deepEqual(new Set(stops), new Set(['after-operator']));
  assert.deepEqual(new Set(retries), new Set(['with-backoff']));
});

test('takes HTML for the answer of something in between, even with 401', () => {
  assert.equal(
    answer(502, 'text/html; charset=utf-8').message,
    'answered 502 Reason with HTML: a load balancer or proxy in between, or no Pullway at all',
  );
  assert.equal(answer(401, 'text/html').reconnect, 'with-backoff');
});

test('says what to look at', () => {
  assert.match(answer(404).message, /--proxy\.url/);
  assert.match(
    answer(302, '', 'https://login.example.org/').message,
    /to https:\/\/login\.example\.org\/: redirects are not followed/,
  );
  assert.match(answer(200).message, /instead of 101/);
  assert.equal(
    upgradeRefused({ status: 503, reason: '', contentType: '', location: undefined }).message,
    'answered 503: it takes no tunnel now',
  );
});

test('tells each address that was tried', () => {
  const error = new AggregateError([
    new Error('connect ECONNREFUSED ::1:80'),
    new Error('connect ECONNREFUSED 127.0.0.1:80'),
  ]);
  assert.equal(connectionFailed(error).message, 'connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80');
});

test('adds a hint where the code of the fault allows one', () => {
  const error = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  assert.match(connectionFailed(error).message, /^self-signed certificate \(.*--proxy\.ca-file\)$/);
});

test('names a file that cannot be used, and tries again', () => {
  const error = fileUnusable('token', new Error('ENOENT'));
  assert.deepEqual([error.message, error.reconnect], ['cannot use token: ENOENT', 'with-backoff']);
});
