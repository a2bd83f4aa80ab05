import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  helloToJson,
  isValidName,
  negotiate,
  readHello,
  readWelcome,
  type Hello,
} from '@pullway/shared/protocol/handshake';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';

const hello: Hello = {
  versions: [1],
  features: [],
  name: 'node-7',
  cluster: 'prod-eu',
  instance: 'd1f2',
  version: '0.1.0',
  standby: false,
  maxExchanges: 256,
};
const json = helloToJson(hello);

test('HELLO comes back as it was sent', () => {
  assert.deepEqual(readHello(JSON.parse(JSON.stringify(json))), hello);
});

test('HELLO has defaults for what an agent may leave out', () => {
  const short = { versions: [1], name: 'a', instance: 'x', version: '' };
  assert.deepEqual(readHello(short), {
    ...hello,
    name: 'a',
    cluster: '',
    instance: 'x',
    version: '',
    maxExchanges: 256,
  });
});

test('fields that are not known are ignored in HELLO and WELCOME', () => {
  assert.deepEqual(readHello({ ...json, zone: ['a'], limits: { maxExchanges: 256, maxHats: 'three' } }), hello);
  const welcome = { version: 1, features: ['x'], replica: 'r', tunnel: 't' };
  assert.deepEqual(readWelcome({ ...welcome, settings: null }), welcome);
});

const wrong: readonly (readonly [string, unknown])[] = [
  ['versions', undefined],
  ['versions', 1],
  ['versions', ['1']],
  ['versions', [0]],
  ['versions', [1.5]],
  ['features', 'all'],
  ['features', [1]],
  ['features', ['x'.repeat(257)]],
  ['name', undefined],
  ['name', ''],
  ['name', 'Node'],
  ['name', '-a'],
  ['name', 'a.'],
  ['name', 'a b'],
  ['name', 'a\n'],
  ['name', 'x'.repeat(254)],
  ['cluster', null],
  ['cluster', 'prod eu'],
  ['instance', 7],
  ['version', undefined],
  ['standby', 'yes'],
  ['limits', []],
  ['limits', { maxExchanges: 0 }],
  ['limits', { maxExchanges: 4097 }],
  ['limits', { maxExchanges: '256' }],
];

for (const [field, value] of wrong) {
  test(`refuses HELLO with ${field} = ${JSON.stringify([value]).slice(0, 40)}`, () => {
    assert.throws(() => readHello({ ...json, [field]: value }), ProtocolError);
  });
}

for (const [field, value] of [
  ['version', '1'],
  ['version', 0],
  ['features', {}],
  ['replica', undefined],
  ['tunnel', 4],
] as const) {
  test(`refuses WELCOME with ${field} = ${JSON.stringify(value)}`, () => {
    assert.throws(
      () => readWelcome({ version: 1, features: [], replica: 'r', tunnel: 't', [field]: value }),
      ProtocolError,
    );
  });
}

test('agrees on version 1 with an agent that also speaks a future one', () => {
  assert.deepEqual(negotiate({ ...hello, versions: [2, 1] }), { version: 1, features: [] });
  assert.deepEqual(negotiate({ ...hello, versions: [1, 2, 3] }).version, 1);
});

for (const versions of [[2], [2, 3], []]) {
  test(`finds no common version with an agent that speaks ${JSON.stringify(versions)}`, () => {
    assert.throws(
      () => negotiate({ ...hello, versions }),
      (error) => error instanceof ProtocolError && error.closeName === 'no_common_version',
    );
  });
}

test('features that only one end knows are left out', () => {
  assert.deepEqual(negotiate({ ...hello, features: ['time-travel'] }).features, []);
});

test('names are those of DNS, with underscores', () => {
  assert.deepEqual(['a', 'a-b', 'a.b', 'a_b', '0', 'x'.repeat(253)].filter(isValidName).length, 6);
  assert.deepEqual(['', 'A', 'é', '.a', 'a-', 'a/b', 'x'.repeat(254)].filter(isValidName), []);
});
