import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointFault, parseEndpoint } from '../../src/config/endpoint.ts';

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

// "[fd00::2]:0" was told to stand in brackets.
for (const [text, fault] of [
  ['[fd00::2]:0', '"[fd00::2]:0" has no port from 1 to 65535'],
  ['localhost:http', '"localhost:http" has no port from 1 to 65535'],
  ['a:', '"a:" has no port from 1 to 65535'],
  ['fd00::2:9100', '"fd00::2:9100" is no host:port; an IPv6 address stands in brackets'],
  ['::1', '"::1" is no host:port; an IPv6 address stands in brackets'],
  ['a b:1', '"a b:1" is no host:port'],
  ['me:hunter2@a', '"***@a" is no host:port'],
] as const) {
  test(`says what is wrong with ${text}`, () => assert.equal(endpointFault(text), fault));
}
