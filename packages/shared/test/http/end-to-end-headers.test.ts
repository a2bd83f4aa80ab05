import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endToEndHeaders } from '@pullway/shared/http/end-to-end-headers';

const HOP_BY_HOP = [
  'Connection',
  'Keep-Alive',
  'Proxy-Connection',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Authentication-Info',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
];

test('what a scrape of Prometheus carries passes in its order and case', () => {
  const scrape = ['Host', 'client:9100', 'Accept', '*/*', 'accept-encoding', 'gzip', 'AUTHORIZATION', 'Bearer x'];
  assert.deepEqual(endToEndHeaders(scrape), scrape);
});

for (const name of HOP_BY_HOP) {
  test(`${name} ends at the hop in any case`, () => {
    for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
      assert.deepEqual(endToEndHeaders(['A', '1', spelling, 'x', 'B', '2']), ['A', '1', 'B', '2']);
    }
  });
}

test('our own fields never leave', () => {
  assert.deepEqual(endToEndHeaders(['X-Pullway-Outcome', 'x', 'x-pullway-anything', 'y', 'X-Pull', 'z']), [
    'X-Pull',
    'z',
  ]);
});

test('fields that Connection names are dropped wherever they stand', () => {
  const headers = [
    'X-One',
    '1',
    'Connection',
    'close, X-ONE , x-two',
    'connection',
    'x-three',
    'x-Two',
    '2',
    'X-Three',
    '3',
    'Y',
    '4',
  ];
  assert.deepEqual(endToEndHeaders(headers), ['Y', '4']);
});

test('Connection: keep-alive and close name no field of value', () => {
  assert.deepEqual(endToEndHeaders(['Connection', 'keep-alive', 'A', '1', 'Connection', 'close']), ['A', '1']);
});

test('a repeated line passes once, another value or spelling of its name each', () => {
  const headers = ['X-Tenant', 'a', 'X-Tenant', 'a', 'X-Tenant', 'b', 'x-tenant', 'a', 'X-Tenant', 'a'];
  assert.deepEqual(endToEndHeaders(headers), ['X-Tenant', 'a', 'X-Tenant', 'b', 'x-tenant', 'a']);
});

test('names beyond those it remembers are still judged', () => {
  for (let i = 0; i < 3000; i += 1) assert.equal(endToEndHeaders([`X-Random-${i}`, '1']).length, 2);
  assert.deepEqual(endToEndHeaders(['tE', 'trailers', 'uPGRADE', 'h2c', 'B', '2']), ['B', '2']);
});

test('no fields give no fields', () => {
  assert.deepEqual(endToEndHeaders([]), []);
});
