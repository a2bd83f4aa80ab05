import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEndpoint } from '../../src/config/endpoint.ts';

const endpoints = [
  ['127.0.0.1:9100', { host: '127.0.0.1', port: 9100 }],
  ['db.internal', { host: 'db.internal', port: undefined }],
  ['DB_1:1', { host: 'DB_1', port: 1 }],
  ['[::1]:9100', { host: '::1', port: 9100 }],
  ['[fd00::7]', { host: 'fd00::7', port: undefined }],
  ['x:65535', { host: 'x', port: 65_535 }],
] as const;

for (const [text, endpoint] of endpoints) {
  test(`reads ${text}`, () => assert.deepEqual(parseEndpoint(text), endpoint));
}

const nonsense = [
  '',
  ':80',
  'a:0',
  'a:65536',
  'a:b',
  'a:',
  'a b:1',
  'a/b:1',
  '::1',
  '[::1',
  '[1.2.3.4]:1',
  '[x]:1',
  'u@a:1',
  '-a:1',
  '[fe80::1%eth0]:1',
  'ä:1',
  `${'a'.repeat(254)}:1`,
];

for (const text of nonsense) {
  test(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseEndpoint(text), undefined));
}
