import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeAddress, parseAbsoluteForm } from '@pullway/shared/http/address';

const ADDRESSES: readonly (readonly [string, string | undefined])[] = [
  ['client:9100', 'client:9100'],
  ['CLIENT.Prod-EU:9100', 'client.prod-eu:9100'],
  ['client', 'client:80'],
  ['client:00080', 'client:80'],
  ['client:65535', 'client:65535'],
  ['client:65536', undefined],
  ['client:0', undefined],
  ['client:', undefined],
  ['client:9100:1', undefined],
  ['client:-1', undefined],
  ['client:91x', undefined],
  ['node_1.node:9100', 'node_1.node:9100'],
  ['10.0.0.7:80', '10.0.0.7:80'],
  ['[FD00::7]:8080', '[fd00::7]:8080'],
  ['[::1]', '[::1]:80'],
  ['::1', undefined],
  ['[::1', undefined],
  ['[::1]x:80', undefined],
  ['[evil]:80', undefined],
  ['', undefined],
  [':9100', undefined],
  ['user@client:9100', undefined],
  ['client:9100/metrics', undefined],
  ['client\\x:9100', undefined],
  ['client:9100?x', undefined],
  ['cli ent:9100', undefined],
  ['client\r\n:9100', undefined],
  ['client\u0000:9100', undefined],
  ['client\u007f:9100', undefined],
  [`${'a'.repeat(507)}:9100`, `${'a'.repeat(507)}:9100`],
  [`${'a'.repeat(508)}:9100`, undefined],
];

test('an address is lower case with a port from 1 to 65535, or none at all', () => {
  for (const [given, wanted] of ADDRESSES) assert.equal(normalizeAddress(given), wanted, JSON.stringify(given));
});

const TARGETS: readonly (readonly [string, string, string])[] = [
  ['http://client:9100/metrics', 'client:9100', '/metrics'],
  ['HTTP://Client:9100/Metrics', 'client:9100', '/Metrics'],
  ['http://client:9100', 'client:9100', '/'],
  ['http://client:9100/', 'client:9100', '/'],
  ['http://client/metrics', 'client:80', '/metrics'],
  ['http://client:9100?module=x', 'client:9100', '/?module=x'],
  ['http://client:9100/probe?a%5B%5D=b&module=x+y', 'client:9100', '/probe?a%5B%5D=b&module=x+y'],
  ['http://client:9100//a/../b', 'client:9100', '//a/../b'],
  ['http://client:9100/probe?target=http://user@host/', 'client:9100', '/probe?target=http://user@host/'],
  ['http://[fd00::7]:9100/metrics', '[fd00::7]:9100', '/metrics'],
];

test('an absolute-form target is an address and an untouched path with its query', () => {
  for (const [target, address, path] of TARGETS) {
    assert.deepEqual(parseAbsoluteForm(target), { kind: 'parsed', address, path }, target);
  }
});

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['https://client:9100/metrics', /CONNECT/],
  ['ftp://client/', /no http URL/],
  ['/metrics', /no http URL/],
  ['*', /no http URL/],
  ['http:/client/', /no http URL/],
  ['http://user@client:9100/metrics', /user name/],
  ['http://user:secret@client:9100/metrics', /user name/],
  ['http:///metrics', /host and port/],
  ['http://client:0/metrics', /host and port/],
  ['http://client:99999/metrics', /host and port/],
  ['http://::1:9100/metrics', /host and port/],
  ['http://client:9100/metrics#top', /fragment/],
  ['http://client:9100#top', /fragment/],
];

test('a target that is no plain http URL is refused with what is wrong, and without its secrets', () => {
  for (const [target, reason] of REFUSED) {
    const parsed = parseAbsoluteForm(target);
    assert.ok(parsed.kind === 'refused', target);
    assert.match(parsed.reason, reason, target);
    assert.doesNotMatch(parsed.reason, /secret/);
  }
});
