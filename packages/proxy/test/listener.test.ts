import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { systemClock } from '@pullway/shared/runtime/clock';
import { EARLY } from '../../shared/test/support/certificates.ts';
import type { TlsSettings } from '../src/access/web-config.ts';
import { Listener } from '../src/listener.ts';
import { exchangeBytes } from './support/raw-http.ts';

const FOLDER = join(import.meta.dirname, 'files', 'web');
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

function file(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

function pair(name: string): { readonly cert: string; readonly key: string } {
  return { cert: file(`${name}.crt`), key: file(`${name}.key`) };
}

function tls(
  clientAuthType: TlsSettings['clientAuthType'] = 'NoClientCert',
  sans: readonly string[] = [],
): TlsSettings {
  return { context: { ...pair('server'), ca: file('ca.crt') }, clientAuthType, clientAllowedSans: sans };
}

const SCRAPER: ConnectionOptions = { ca: file('ca.crt'), servername: 'localhost' };

async function listen(t: TestContext, settings?: TlsSettings): Promise<{ listener: Listener; address: AddressInfo }> {
  const listener = new Listener(settings, systemClock);
  listener.server.on('request', (_request, response) => response.end('fine'));
  t.after(() => listener.close({ signal: AbortSignal.abort() }));
  return { listener, address: await listener.listen({ host: '127.0.0.1', port: 0 }) };
}

async function isServed(address: AddressInfo, options: ConnectionOptions): Promise<boolean> {
  const answer = await exchangeBytes(address, REQUEST, { ...SCRAPER, ...options }).catch(() => '');
  return answer.includes('200 OK');
}

test('serves TLS by its certificate, and never agrees on HTTP/2', async (t) => {
  const { address } = await listen(t, tls());
  assert.ok(await isServed(address, {}));
  const socket = connect({ port: address.port, host: '127.0.0.1', ...SCRAPER, ALPNProtocols: ['h2', 'http/1.1'] });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  assert.equal(socket.alpnProtocol, 'http/1.1');
  socket.destroy();
});

// Java's HTTP client offers h2c with each request; its scrapes were refused with "scrapes are no upgrades".
test('ignores an offer to speak HTTP/2', async (t) => {
  const { address, listener } = await listen(t);
  listener.server.on('upgrade', (_request, socket) => socket.destroy());
  const offer = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n';
  const answer = await exchangeBytes(address, `GET / HTTP/1.1\r\nHost: localhost\r\n${offer}\r\n`);
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
});

test('closes the connection of whoever speaks plain HTTP, or nonsense, to TLS', async (t) => {
  const { address } = await listen(t, tls());
  for (const text of [REQUEST, 'nonsense\r\n\r\n', '\x16\x03\x01\x00\x05hello']) {
    const answer = await exchangeBytes(address, text).catch(() => 'reset');
    assert.ok(!answer.includes('200'));
  }
  assert.ok(await isServed(address, {}));
});

test('uses a renewed certificate for new connections without a restart', async (t) => {
  const { listener, address } = await listen(t, tls());
  const renewed = { ...tls(), context: pair('renewed') };
  listener.checkTls(renewed);
  listener.replaceTls(renewed);
  const socket = connect({ port: address.port, host: '127.0.0.1', ...SCRAPER });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  assert.equal(socket.getPeerCertificate().subject.CN, 'renewed-localhost');
  socket.destroy();
});

test('tells when the certificate in use expires', async (t) => {
  const { listener } = await listen(t, tls());
  assert.equal(listener.certificateExpiry, Date.UTC(2120, 0, 1) / 1000);
  const { cert, key } = pair('renewed');
  listener.replaceTls({ ...tls(), context: { cert: cert + EARLY.pem, key } });
  assert.equal(listener.certificateExpiry, EARLY.expiry);
  assert.equal((await listen(t)).listener.certificateExpiry, undefined);
});

test('says when a change of TLS needs a restart', async (t) => {
  const plain = (await listen(t)).listener;
  const secured = (await listen(t, tls())).listener;
  assert.throws(() => plain.checkTls(tls()), /TLS cannot be switched on or off without a restart/);
  assert.throws(() => secured.checkTls(undefined), /TLS cannot be switched on or off without a restart/);
  assert.throws(() => secured.checkTls(tls('RequireAnyClientCert')), /cannot be switched on or off without a restart/);
  plain.checkTls(undefined);
  secured.checkTls(tls());
});

const CLIENTS: Readonly<Record<string, ConnectionOptions>> = {
  none: {},
  known: pair('client'),
  stranger: pair('stranger'),
};

/** Which of the three may ask, by client_auth_type. */
const VERDICTS: readonly (readonly [TlsSettings['clientAuthType'], readonly string[], readonly string[]])[] = [
  ['NoClientCert', [], ['none', 'known', 'stranger']],
  ['RequestClientCert', [], ['none', 'known', 'stranger']],
  ['RequireAnyClientCert', [], ['known', 'stranger']],
  ['VerifyClientCertIfGiven', [], ['none', 'known']],
  ['RequireAndVerifyClientCert', [], ['known']],
  ['RequireAndVerifyClientCert', ['prometheus.example'], ['known']],
  ['RequireAndVerifyClientCert', ['other.example'], []],
];

for (const [type, sans, expected] of VERDICTS) {
  test(`${type}${sans.length > 0 ? ` for ${sans.join()}` : ''} serves ${expected.join(', ') || 'nobody'}`, async (t) => {
    const { address } = await listen(t, tls(type, sans));
    const served: string[] = [];
    for (const [name, options] of Object.entries(CLIENTS)) if (await isServed(address, options)) served.push(name);
    assert.deepEqual(served, expected);
  });
}

test('lets a request end when it closes, and takes no further one', async (t) => {
  const { listener, address } = await listen(t);
  listener.server.removeAllListeners('request');
  const arrived = Promise.withResolvers<{ end: (text: string) => void }>();
  listener.server.on('request', (_request, response) => arrived.resolve(response));
  const answer = exchangeBytes(address, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const response = await arrived.promise;
  const closed = listener.close({ signal: new AbortController().signal });
  await assert.rejects(exchangeBytes(address, REQUEST));
  response.end('late');
  assert.match(await answer, /late/);
  await closed;
});

// Nothing timed out a scraper that stopped reading in the middle of /sd: ten of them held ten old lists of 20 MB each, for good.
test('cuts a peer that neither reads nor goes away', { timeout: 10_000 }, async (t) => {
  const listener = new Listener(undefined, systemClock, 100);
  t.after(() => listener.close({ signal: AbortSignal.abort() }));
  const cut = Promise.withResolvers<void>();
  listener.server.on('request', (_request, response) => {
    response.once('close', cut.resolve);
    response.write(Buffer.alloc(64 * 1024 * 1024));
  });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  const peer = connectTcp(port, '127.0.0.1').pause();
  t.after(() => peer.destroy());
  peer.write(REQUEST);
  await cut.promise;
});

test('closes connections that are kept alive and idle', async (t) => {
  const { listener, address } = await listen(t);
  const agent = new Agent({ keepAlive: true });
  await new Promise((resolve) =>
    get({ port: address.port, agent }, (response) => response.resume().on('end', resolve)),
  );
  await listener.close({ signal: new AbortController().signal });
  agent.destroy();
});

test('cuts a request that does not end when its time is over', async (t) => {
  const { listener, address } = await listen(t);
  listener.server.removeAllListeners('request');
  const arrived = Promise.withResolvers<void>();
  listener.server.on('request', () => arrived.resolve());
  const answer = exchangeBytes(address, REQUEST).catch(() => 'cut');
  await arrived.promise;
  const time = new AbortController();
  const closed = listener.close({ signal: time.signal });
  time.abort();
  await closed;
  assert.ok(['cut', ''].includes(await answer));
});

test('says when the address is taken', async (t) => {
  const { address } = await listen(t);
  const second = new Listener(undefined, systemClock);
  await assert.rejects(second.listen({ host: '127.0.0.1', port: address.port }), /EADDRINUSE/);
});
