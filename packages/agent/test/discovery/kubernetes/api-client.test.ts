import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SimulatedClock } from '../../../../shared/test/support/simulated-clock.ts';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';
import { ApiClient } from '../../../src/discovery/kubernetes/api-client.ts';
import { apiServerAt, type ApiServer } from '../../../src/discovery/kubernetes/api-server.ts';
import { NO_TLS_SETTINGS } from '../../../src/targets/exporters.ts';
import { StandInApiServer } from '../../support/api-server.ts';
import { podObject } from '../../support/pod-objects.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../../support/test-certificate.ts';
import { keepPods } from '../../support/watched-cache.ts';

async function openServer(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

function openClient(t: TestContext, url: string, fields: Partial<ApiServer> = {}): ApiClient {
  const server = { ...apiServerAt(url, { tls: NO_TLS_SETTINGS, credentials: { kind: 'none' } }), ...fields };
  const client = new ApiClient({ server, clock: new SimulatedClock(), userAgent: 'pullway-agent/1' });
  t.after(() => client.destroy());
  return client;
}

async function get(client: ApiClient, signal = new AbortController().signal): Promise<string> {
  let body = '';
  const received = (chunk: Buffer): void => void (body += chunk.toString());
  await client.get({ path: '/api/v1/pods?limit=1', idleMs: 1_000, signal, received });
  return body;
}

test('asks below the base path, uncompressed, and says who it is', async (t) => {
  const url = await openServer(t, ({ url, headers }, response) => {
    response.end(
      [url, headers['user-agent'], headers['accept-encoding'], headers.accept, headers.authorization].join(' '),
    );
  });
  const credentials = { kind: 'basic', username: 'me', password: { kind: 'inline', value: 'pass' } } as const;
  const client = openClient(t, `${url}/k8s/c-1`, { credentials });
  const basic = Buffer.from('me:pass').toString('base64');
  assert.equal(
    await get(client),
    `/k8s/c-1/api/v1/pods?limit=1 pullway-agent/1 identity application/json Basic ${basic}`,
  );
});

test('refuses a compressed answer and a redirect', async (t) => {
  const compressed = await openServer(t, (_request, response) => {
    response.setHeader('Content-Encoding', 'gzip').end('x');
  });
  await assert.rejects(get(openClient(t, compressed)), { code: 'malformed', message: /compressed with gzip/ });
  const redirect = await openServer(t, (_request, response) => void response.writeHead(302, { Location: '/' }).end());
  await assert.rejects(get(openClient(t, redirect)), { code: 'refused', status: 302 });
});

test('names a token file that cannot be read, and reads it once it is there', async (t) => {
  const url = await openServer(t, ({ headers }, response) => void response.end(headers.authorization));
  const file = join(await temporaryFolder(t), 'token');
  const credentials = { kind: 'authorization', type: 'Bearer', credentials: { kind: 'file', file } } as const;
  await assert.rejects(get(openClient(t, url, { credentials })), { code: 'credentials', message: /ENOENT/ });
  await writeFile(file, 'secret\n');
  const client = openClient(t, url, { credentials });
  assert.equal(await get(client), 'Bearer secret');
  // While it is being replaced, the last one stays.
  await rm(file);
  assert.equal(await get(client), 'Bearer secret');
});

test('asks twice at most when it is refused for its token', async (t) => {
  let asked = 0;
  const url = await openServer(t, (_request, response) => {
    asked += 1;
    response.writeHead(401).end();
  });
  const file = join(await temporaryFolder(t), 'token');
  await writeFile(file, 'secret');
  const source = { kind: 'file', file } as const;
  const client = openClient(t, url, { credentials: { kind: 'authorization', type: 'Bearer', credentials: source } });
  await assert.rejects(get(client), { code: 'unauthorized', status: 401, message: 'status 401: no explanation' });
  assert.equal(asked, 2);
  await assert.rejects(get(openClient(t, url)), { code: 'unauthorized' });
  assert.equal(asked, 3);
});

test('gives up when it is told to', async (t) => {
  const url = await openServer(t, (_request, response) => void response.write('x'));
  const stopping = new AbortController();
  const client = openClient(t, url);
  const running = client.get({
    path: '/',
    idleMs: 1_000,
    signal: stopping.signal,
    received: () => stopping.abort(new Error('enough')),
  });
  await assert.rejects(running, { message: 'enough' });
  await assert.rejects(get(client, stopping.signal), { message: 'enough' });
});

test('speaks TLS, and holds the certificate against the authority', async (t) => {
  const server = new StandInApiServer({ tls: { cert: TEST_CERTIFICATE, key: TEST_KEY } });
  const url = await server.listen();
  t.after(() => server.close());
  server.store.apply('pods', podObject('web'));
  const { watched } = keepPods(t, { url, server: { tls: { ca: TEST_CERTIFICATE, insecureSkipVerify: false } } });
  await watched.until(() => watched.syncs === 1);
  assert.deepEqual(watched.names, ['shop/web']);
  await assert.rejects(get(openClient(t, url)), { code: 'tls', message: /is self-signed and not trusted/ });
});
