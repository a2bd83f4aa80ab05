import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outboundProxy } from '../../src/uplink/outbound-proxy.ts';

const secure = new URL('wss://pullway.example.org/tunnel');
const plain = new URL('ws://pullway.example.org:8080/tunnel');

test('takes the variable of the scheme, lower case first', () => {
  const environment = { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1', HTTP_PROXY: 'http://plain:1' };
  assert.equal(outboundProxy(secure, environment)?.host, 'lower:1');
  assert.equal(outboundProxy(plain, environment)?.host, 'plain:1');
  assert.equal(outboundProxy(secure, { HTTPS_PROXY: 'http://upper:1' })?.host, 'upper:1');
  assert.equal(outboundProxy(secure, { HTTP_PROXY: 'http://plain:1' }), undefined);
  assert.equal(outboundProxy(secure, {}), undefined);
  assert.equal(outboundProxy(secure, { https_proxy: ' ' }), undefined);
});

test('takes a proxy without scheme for http', () => {
  assert.equal(outboundProxy(secure, { https_proxy: 'squid:3128' })?.href, 'http://squid:3128/');
});

const exclusions = [
  ['wss://a.example.org', '*', true],
  ['wss://a.example.org', 'example.org', true],
  ['wss://a.example.org', '.example.org', true],
  ['wss://a.example.org', '*.example.org', true],
  ['wss://a.example.org', 'A.EXAMPLE.ORG', true],
  ['wss://a.example.org', 'other.org, a.example.org', true],
  ['wss://a.example.org', 'other.org a.example.org', true],
  ['wss://example.org', '.example.org', true],
  ['wss://badexample.org', 'example.org', false],
  ['wss://a.example.org', 'a.example.org:443', true],
  ['wss://a.example.org', 'a.example.org:8443', false],
  ['ws://a.example.org', 'a.example.org:80', true],
  ['wss://a.example.org', '', false],
  ['wss://a.example.org', ' , ', false],
  ['wss://10.1.2.3', '10.0.0.0/8', true],
  ['wss://11.1.2.3', '10.0.0.0/8', false],
  ['wss://10.1.2.3', '10.1.2.3', true],
  ['wss://10.1.2.3', '10.0.0.0/99', false],
  ['wss://a.example.org', '10.0.0.0/8', false],
  ['wss://[fd00::1]', 'fd00::/8', true],
  ['wss://[fd00::1]:8443', '[fd00::1]:8443', true],
  ['wss://[fd00::1]', '[fd00::1]', true],
  ['wss://[fd00::1]', 'fd00::1', true],
] as const;

for (const [url, noProxy, isExcluded] of exclusions) {
  test(`dials ${url} ${isExcluded ? 'directly' : 'through the proxy'} with NO_PROXY=${JSON.stringify(noProxy)}`, () => {
    const environment = { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://p:1', NO_PROXY: noProxy };
    assert.equal(outboundProxy(new URL(url), environment) === undefined, isExcluded);
  });
}
