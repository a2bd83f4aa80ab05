import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { encodeJson } from '@pullway/shared/protocol/encode';
import { systemClock, type Clock } from '@pullway/shared/runtime/clock';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { DialError } from '../../src/uplink/dial-error.ts';
import { WebSocketDialer, type DialFiles, type DialledSocket } from '../../src/uplink/dial.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/test-certificate.ts';
import {
  closedPort,
  openConnectProxy,
  openHttpServer,
  openSilentServer,
  openTestEndpoint,
  type AcceptedWebSocket,
} from '../support/test-endpoint.ts';

const NO_FILES: DialFiles = { token: undefined, ca: undefined, cert: undefined, key: undefined };
const NO_SIGNAL = new AbortController().signal;
const TLS = { cert: TEST_CERTIFICATE, key: TEST_KEY };

interface DialFields {
  readonly url: URL;
  readonly files?: Partial<DialFiles>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

function dialerFor({ url, files = {}, environment = {}, clock = systemClock }: DialFields): WebSocketDialer {
  return new WebSocketDialer({
    url,
    files: { ...NO_FILES, ...files },
    userAgent: 'pullway-agent/test',
    environment,
    clock,
  });
}

async function dial(t: TestContext, fields: DialFields): Promise<DialledSocket> {
  const dialled = await dialerFor(fields).dial(NO_SIGNAL);
  t.after(() => dialled.socket.cut());
  return dialled;
}

async function faultOf(fields: DialFields): Promise<DialError> {
  try {
    const { socket } = await dialerFor(fields).dial(NO_SIGNAL);
    socket.cut();
  } catch (error) {
    assert.ok(error instanceof DialError, String(error));
    return error;
  }
  return assert.fail('the connection came about');
}

async function caFile(t: TestContext): Promise<string> {
  const file = join(await temporaryFolder(t), 'ca.pem');
  await writeFile(file, TEST_CERTIFICATE);
  return file;
}

/** The masking key of the first message that arrives. */
async function maskOf({ socket }: AcceptedWebSocket): Promise<Buffer> {
  const [bytes]: unknown[] = await once(socket, 'data');
  assert.ok(Buffer.isBuffer(bytes));
  assert.equal(bytes.readUInt8(1), 0x80 | 30);
  return bytes.subarray(2, 6);
}

test('asks for the tunnel protocol and no compression, and says what it is', async (t) => {
  const { promise, resolve } = Promise.withResolvers<AcceptedWebSocket>();
  await dial(t, { url: await openTestEndpoint(t, { accepted: resolve }) });
  const { headers, url } = (await promise).request;
  assert.equal(url, '/tunnel');
  assert.equal(headers['sec-websocket-protocol'], 'pullway.v1');
  assert.equal(headers['sec-websocket-extensions'], undefined);
  assert.equal(headers['user-agent'], 'pullway-agent/test');
  assert.equal(headers.authorization, undefined);
});

test('loses no frame that follows the upgrade at once', { timeout: 5_000 }, async (t) => {
  const frame = encodeJson('go_away', { reason: 'x', reconnectAfterMs: 0 });
  const url = await openTestEndpoint(t, { accepted: ({ webSocket }) => webSocket.send(frame) });
  const dialled = await dial(t, { url });
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  dialled.observe({ received: resolve, drained: () => {}, closed: () => {} });
  assert.deepEqual(new Uint8Array(await promise), new Uint8Array(frame));
});

test('hears a close that follows the upgrade at once, with its code', { timeout: 5_000 }, async (t) => {
  const url = await openTestEndpoint(t, { accepted: ({ webSocket }) => webSocket.close(4005, 'too old') });
  const dialled = await dial(t, { url });
  const { promise, resolve } = Promise.withResolvers<readonly [number, string]>();
  dialled.observe({ received: () => {}, drained: () => {}, closed: (code, reason) => resolve([code, reason]) });
  assert.deepEqual(await promise, [4005, 'too old']);
});

test('masks with random keys over TCP', async (t) => {
  const masks: Promise<Buffer>[] = [];
  const url = await openTestEndpoint(t, { accepted: (accepted) => void masks.push(maskOf(accepted)) });
  for (let i = 0; i < 2; i += 1) (await dial(t, { url })).socket.send(new Uint8Array(30));
  const [first, second] = await Promise.all(masks);
  assert.notDeepEqual(first, second);
});

test('masks with zeros over TLS, where nobody in between can see what is masked', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const accepted = (webSocket: AcceptedWebSocket): void => resolve(maskOf(webSocket));
  const url = await openTestEndpoint(t, { tls: TLS, accepted });
  const dialled = await dial(t, { url, files: { ca: await caFile(t) } });
  dialled.socket.send(new Uint8Array(30));
  assert.deepEqual(await promise, Buffer.alloc(4));
});

test('does not trust a proxy whose authority it does not know, and says how to', async (t) => {
  const fault = await faultOf({ url: await openTestEndpoint(t, { tls: TLS }) });
  assert.match(fault.message, /--proxy\.ca-file/);
  assert.equal(fault.reconnect, 'with-backoff');
});

test('shows its client certificate', async (t) => {
  const file = await caFile(t);
  const key = `${file}.key`;
  await writeFile(key, TEST_KEY);
  const { promise, resolve } = Promise.withResolvers<AcceptedWebSocket>();
  const tls = { ...TLS, ca: TEST_CERTIFICATE, requestCert: true, rejectUnauthorized: true };
  await dial(t, { url: await openTestEndpoint(t, { tls, accepted: resolve }), files: { ca: file, cert: file, key } });
  const { socket } = await promise;
  assert.ok(socket instanceof TLSSocket && socket.authorized);
});

test('reads the token anew at each attempt', async (t) => {
  const file = join(await temporaryFolder(t), 'token');
  const tokens: (string | undefined)[] = [];
  const url = await openTestEndpoint(t, { accepted: ({ request }) => void tokens.push(request.headers.authorization) });
  for (const token of ['first\n', 'second']) {
    await writeFile(file, token);
    await dial(t, { url, files: { token: file } });
  }
  assert.deepEqual(tokens, ['Bearer first', 'Bearer second']);
});

test('tells that the token cannot be read, and would try again', async (t) => {
  const fault = await faultOf({
    url: new URL('ws://127.0.0.1:1/tunnel'),
    files: { token: join(await temporaryFolder(t), 'absent') },
  });
  assert.match(fault.message, /cannot use .*absent: ENOENT/);
  assert.equal(fault.reconnect, 'with-backoff');
});

test('refuses a file that no certificate or token can be', async (t) => {
  const file = join(await temporaryFolder(t), 'big');
  await writeFile(file, 'x'.repeat(1024 * 1024 + 1));
  assert.match((await faultOf({ url: new URL('ws://127.0.0.1:1/'), files: { token: file } })).message, /larger than/);
});

test('tells an answer of a proxy that refuses the token', async (t) => {
  const url = await openHttpServer(t, (_request, response) => void response.writeHead(401).end('no'));
  const fault = await faultOf({ url });
  assert.deepEqual(
    [fault.reconnect, fault.message],
    ['after-operator', 'answered 401 Unauthorized: it does not know the token of --proxy.token-file'],
  );
});

test('tells an answer of a load balancer in between', async (t) => {
  const url = await openHttpServer(
    t,
    (_request, response) => void response.writeHead(502, { 'Content-Type': 'text/html' }).end('<html>'),
  );
  const fault = await faultOf({ url });
  assert.deepEqual(
    [fault.reconnect, fault.message.includes('a load balancer or proxy in between')],
    ['with-backoff', true],
  );
});

test('does not follow redirects, or the token would go where nobody meant it to', async (t) => {
  const url = await openHttpServer(
    t,
    (_request, response) => void response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
  );
  assert.match((await faultOf({ url })).message, /to http:\/\/127\.0\.0\.1:1\/: redirects are not followed/);
});

test('waits for the operator when whoever answers does not speak the protocol', async (t) => {
  const fault = await faultOf({ url: await openTestEndpoint(t, { subprotocol: false }) });
  assert.deepEqual([fault.reconnect, fault.message.includes('subprotocol')], ['after-operator', true]);
});

test('tells a port where nobody listens', async () => {
  const fault = await faultOf({ url: new URL(`ws://127.0.0.1:${await closedPort()}/tunnel`) });
  assert.match(fault.message, /ECONNREFUSED/);
});

test('gives up on a server that says nothing', async (t) => {
  const clock = new SimulatedClock();
  const url = await openSilentServer(t);
  const fault = faultOf({ url, clock });
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(10_000);
  assert.equal((await fault).message, 'no WebSocket within 10 s');
  assert.equal(clock.pending, 0);
});

test('stops at once when it is told to, before and while it dials', async (t) => {
  const stop = new AbortController();
  const clock = new SimulatedClock();
  const dialer = dialerFor({ url: await openSilentServer(t), clock });
  const dialling = dialer.dial(stop.signal);
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await assert.rejects(dialling, DialError);
  await assert.rejects(dialer.dial(stop.signal), DialError);
});

for (const tls of [undefined, TLS]) {
  test(`goes through the HTTP proxy of the site ${tls === undefined ? 'over TCP' : 'with TLS inside'}`, async (t) => {
    const asked: string[] = [];
    const proxy = await openConnectProxy(t, asked);
    const { promise, resolve } = Promise.withResolvers<AcceptedWebSocket>();
    const url = await openTestEndpoint(t, { ...(tls === undefined ? {} : { tls }), accepted: resolve });
    const environment = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
    const dialled = await dial(t, { url, environment, files: tls === undefined ? {} : { ca: await caFile(t) } });
    dialled.socket.send(new Uint8Array(30));
    const [message]: unknown[] = await once((await promise).webSocket, 'message');
    assert.deepEqual(message, Buffer.alloc(30));
    assert.deepEqual(asked, [url.host]);
  });
}

test('goes around the HTTP proxy where NO_PROXY says so', async (t) => {
  const asked: string[] = [];
  const environment = { HTTP_PROXY: await openConnectProxy(t, asked), NO_PROXY: '127.0.0.0/8' };
  await dial(t, { url: await openTestEndpoint(t), environment });
  assert.deepEqual(asked, []);
});
