import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@pullway/shared/runtime/clock';
import { Listener } from '../src/listener.ts';
import { exchangeBytes } from './support/raw-http.ts';

async function listen(t: TestContext): Promise<AddressInfo> {
  const listener = new Listener(undefined, systemClock);
  listener.server.on('request', (_request, response) => response.end('fine'));
  const address = await listener.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => listener.close({ signal: AbortSignal.abort() }));
  return address;
}

const MALFORMED: Readonly<Record<string, string>> = {
  'no HTTP': 'hello\r\n\r\n',
  'a second Content-Length': 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'Content-Length beside chunks':
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'an obsolete line fold': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\nB\r\n\r\n',
  'a blank before a colon': 'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
  'a bare CR in a field': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n',
  'a control character in the target': 'GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n',
};

for (const [what, text] of Object.entries(MALFORMED)) {
  test(`answers ${what} with 400 and a reason, and closes the connection`, async (t) => {
    const answer = await exchangeBytes(await listen(t), text);
    assert.match(answer, /^HTTP\/1\.1 400 malformed request: [\x20-\x7e]+\r\n/);
    assert.match(answer, /\r\nConnection: close\r\n/);
  });
}

test('answers a header of more than 96 KiB with 431, and takes one of 90', async (t) => {
  const address = await listen(t);
  const field = (kilobytes: number): string => `A: ${'x'.repeat(kilobytes * 1024)}`;
  const large = await exchangeBytes(address, `GET / HTTP/1.1\r\nHost: x\r\n${field(100)}\r\n\r\n`);
  assert.match(large, /^HTTP\/1\.1 431 the header of the request is larger than 96 KiB\r\n/);
  const fine = await exchangeBytes(address, `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${field(90)}\r\n\r\n`);
  assert.match(fine, /^HTTP\/1\.1 200 /);
});

test('drops no header field, however many there are', async (t) => {
  const listener = new Listener(undefined, systemClock);
  t.after(() => listener.close({ signal: AbortSignal.abort() }));
  listener.server.on('request', (request, response) => response.end(String(request.rawHeaders.length / 2)));
  const address = await listener.listen({ host: '127.0.0.1', port: 0 });
  const fields = Array.from({ length: 5_000 }, (_, index) => `A${index}: b\r\n`).join('');
  const answer = await exchangeBytes(address, `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`);
  assert.match(answer, /\r\n\r\n5002$/);
});
