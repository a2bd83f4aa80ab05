import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { StatusPages, type StatusSources } from '../src/status-pages.ts';
import { StatusServer } from '../src/status-server.ts';
import { fetchFrom } from './support/test-endpoint.ts';

function statusServer(sources: Partial<StatusSources> = {}): StatusServer {
  const pages = new StatusPages(
    { identity: { name: 'client', cluster: '' }, version: '0', telemetryPath: '/metrics', isLifecycleEnabled: true },
    {
      uplinks: () => [],
      targets: () => [],
      droppedTargets: () => [],
      discoveries: () => [],
      metrics: () => Promise.resolve('up 1\n'),
      reload: () => Promise.resolve(),
      ...sources,
    },
  );
  return new StatusServer(pages);
}

async function listen(t: TestContext, sources: Partial<StatusSources> = {}): Promise<number> {
  const server = statusServer(sources);
  t.after(() => server.close({ signal: AbortSignal.abort() }));
  return (await server.listen({ host: '127.0.0.1', port: 0 })).port;
}

/** All that the server says to `bytes`, until it closes the connection. */
async function sayTo(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += String(chunk);
  return text;
}

test('answers with type and length, and tells nobody to guess', async (t) => {
  const { status, headers, body } = await fetchFrom(await listen(t), '/metrics?x=1');
  assert.deepEqual([status, body], [200, 'up 1\n']);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(headers['content-length'], '5');
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('answers HEAD without a body', async (t) => {
  const { headers, body } = await fetchFrom(await listen(t), '/metrics', 'HEAD');
  assert.deepEqual([headers['content-length'], body], ['5', '']);
});

test('says which methods a path takes', async (t) => {
  const { status, headers } = await fetchFrom(await listen(t), '/-/reload');
  assert.deepEqual([status, headers.allow], [405, 'POST, PUT']);
});

test('answers 500 and goes on when a page fails', async (t) => {
  const port = await listen(t, { metrics: () => Promise.reject(new Error('secret detail')) });
  const failed = await fetchFrom(port, '/metrics');
  assert.deepEqual([failed.status, failed.body], [500, 'Internal Server Error\n']);
  assert.equal((await fetchFrom(port, '/-/healthy')).status, 200);
});

test('refuses what is no HTTP, and headers without end', async (t) => {
  const port = await listen(t);
  assert.match(await sayTo(port, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await sayTo(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.equal((await fetchFrom(port, '/-/healthy')).status, 200);
});

test('tells where it is reached from the machine itself', async () => {
  const server = statusServer();
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
  assert.equal(endpoint.host, '127.0.0.1');
  await assert.rejects(statusServer().listen({ host: '127.0.0.1', port: endpoint.port }), /EADDRINUSE/);
  await server.close({ signal: new AbortController().signal });
  await server.close({ signal: AbortSignal.abort() });
});

// The bug: whoever did not read its answer kept the agent from stopping until the process was killed.
test('cuts a client that does not read its answer when the time to stop is over', { timeout: 10_000 }, async (t) => {
  const asked = Promise.withResolvers<void>();
  const server = statusServer({
    metrics: () => {
      asked.resolve();
      return Promise.resolve('x'.repeat(64 * 1024 * 1024));
    },
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const client = connect(port, '127.0.0.1').pause();
  t.after(() => client.destroy());
  client.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked.promise;
  const time = new AbortController();
  const closed = server.close({ signal: time.signal });
  time.abort();
  await closed;
});
