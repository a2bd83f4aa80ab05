import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { cutConnection } from '../../src/scrape/cut-connection.ts';
import { MemoryConnection } from '../support/memory-connection.ts';

/** A connection to `server`, which listens until the end of the test. */
async function connectTo(t: TestContext, server: Server): Promise<Socket> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return connect(address.port, '127.0.0.1');
}

test('a peer sees a reset, not the end of what was sent', async (t) => {
  const server = createServer((socket) => {
    socket.write('part', () => cutConnection(socket));
  });
  const peer = await connectTo(t, server);
  peer.resume();
  await assert.rejects(once(peer, 'end'), { code: 'ECONNRESET' });
});

// The bug: node:http corks a connection until the end of the turn, and a cut in the same turn took the head with it. The scraper got no
// answer at all, which Go's client takes for a connection that was closed while idle: it repeats such a request in silence.
test('what was written in the same turn goes out before the reset', async (t) => {
  const server = createHttpServer((request, response) => {
    response.writeHead(200, { 'Content-Length': 100 });
    response.write('part');
    cutConnection(request.socket);
  });
  const peer = await connectTo(t, server);
  let received = '';
  peer.on('data', (bytes) => {
    received += bytes.toString();
  });
  peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await assert.rejects(once(peer, 'end'), { code: 'ECONNRESET' });
  assert.match(received, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\npart$/);
});

test('closes what is no TCP connection', () => {
  const connection = new MemoryConnection();
  cutConnection(connection);
  assert.ok(connection.destroyed);
});
