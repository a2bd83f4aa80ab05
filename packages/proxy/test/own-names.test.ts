import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { OwnNames } from '../src/own-names.ts';

/** A socket as the server sees it, listening at `localAddress`. */
function socketAt(localAddress: string, localPort = 8080): Socket {
  return Object.defineProperties(new Socket(), {
    localAddress: { value: localAddress },
    localPort: { value: localPort },
  });
}

const names = new OwnNames({ hostname: 'Proxy-1', externalUrl: new URL('https://pullway.example/path') });

const TABLE: readonly (readonly [string, string, boolean])[] = [
  ['localhost:8080', '127.0.0.1', true],
  ['127.0.0.1:8080', '127.0.0.1', true],
  ['[::1]:8080', '::1', true],
  ['10.0.0.7:8080', '10.0.0.7', true],
  ['10.0.0.7:8080', '::ffff:10.0.0.7', true],
  ['[fd00::7]:8080', 'fd00::7', true],
  ['proxy-1:8080', '10.0.0.7', true],
  ['PROXY-1:8080', '10.0.0.7', true],
  ['pullway.example:443', '10.0.0.7', true],
  ['pullway.example', '10.0.0.7', false],
  ['localhost:9100', '127.0.0.1', false],
  ['10.0.0.8:8080', '10.0.0.7', false],
  ['client:8080', '10.0.0.7', false],
  ['', '10.0.0.7', false],
  ['user@localhost:8080', '127.0.0.1', false],
];

for (const [host, localAddress, expected] of TABLE) {
  test(`${JSON.stringify(host)} at ${localAddress} is ${expected ? 'the proxy' : 'somebody else'}`, () => {
    assert.equal(names.has(host, socketAt(localAddress)), expected);
  });
}

test('takes port 80 for a name without a port', () => {
  assert.ok(names.has('localhost', socketAt('127.0.0.1', 80)));
  assert.ok(!names.has('localhost', socketAt('127.0.0.1')));
});
