import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatHostPort,
  localHost,
  parseListenAddress,
  type ListenAddress,
} from '@pullway/shared/config/listen-address';

const ADDRESSES: readonly (readonly [string, ListenAddress | undefined])[] = [
  [':8080', { host: undefined, port: 8080 }],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['localhost:9369', { host: 'localhost', port: 9369 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['[::]:65535', { host: '::', port: 65_535 }],
  [':65536', undefined],
  ['8080', undefined],
  ['::1:8080', undefined],
  ['localhost', undefined],
  ['localhost:', undefined],
  ['http://localhost:80', undefined],
  ['a b:80', undefined],
  ['[]:80', undefined],
  ['', undefined],
];

test('a listen address is an optional host and a port', () => {
  for (const [text, wanted] of ADDRESSES) assert.deepEqual(parseListenAddress(text), wanted, JSON.stringify(text));
});

test('an IPv6 host is put in brackets', () => {
  assert.equal(formatHostPort('::1', 80), '[::1]:80');
  assert.equal(formatHostPort('localhost', 80), 'localhost:80');
});

test('a listener on all addresses is reached on loopback, one on a single address there', () => {
  const hosts = [undefined, '0.0.0.0', '::', '::1', '10.0.0.7', 'localhost'].map(localHost);
  assert.deepEqual(hosts, ['127.0.0.1', '127.0.0.1', '::1', '::1', '10.0.0.7', 'localhost']);
});
