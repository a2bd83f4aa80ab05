import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProxyUrl } from '../../src/uplink/proxy-url.ts';

const urls = [
  ['http://proxy:8080', 'ws://proxy:8080/tunnel', 'http://proxy:8080'],
  ['http://proxy:8080/', 'ws://proxy:8080/tunnel', 'http://proxy:8080'],
  ['https://proxy', 'wss://proxy/tunnel', 'https://proxy'],
  ['wss://proxy/a/b/', 'wss://proxy/a/b/tunnel', 'wss://proxy/a/b'],
  ['ws://[::1]:8080/x', 'ws://[::1]:8080/x/tunnel', 'ws://[::1]:8080/x'],
  ['HTTPS://Proxy:443', 'wss://proxy/tunnel', 'https://proxy'],
] as const;

for (const [text, tunnel, name] of urls) {
  test(`finds the tunnel of ${text} at ${tunnel}`, () => {
    const parsed = parseProxyUrl(text);
    assert.ok('proxyUrl' in parsed);
    assert.deepEqual([parsed.proxyUrl.tunnel.href, parsed.proxyUrl.name], [tunnel, name]);
  });
}

const faults = [
  ['proxy:8080', /scheme proxy|no URL/],
  ['proxy', /no URL/],
  ['', /no URL/],
  ['ftp://proxy', /scheme ftp/],
  ['http://user:secret@proxy', /token-file/],
  ['http://proxy/?a=b', /no query/],
  ['http://proxy/#x', /fragment/],
  ['dns+https://proxy', /not supported by this version/],
] as const;

for (const [text, fault] of faults) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    const parsed = parseProxyUrl(text);
    assert.match('fault' in parsed ? parsed.fault : '', fault);
  });
}

test('does not repeat a password that it refuses', () => {
  const parsed = parseProxyUrl('http://user:secret@proxy');
  assert.doesNotMatch('fault' in parsed ? parsed.fault : '', /secret/);
});
