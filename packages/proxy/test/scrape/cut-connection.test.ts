import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { cutConnection } from '../../src/scrape/cut-connection.ts';
import { MemoryConnection } from '../support/memory-connection.ts';

test('a peer sees a reset, not the end of what was sent', async (t) => {
  const server = createServer((socket) => {
    socket.write('part', () => cutConnection(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const peer = connect(address.port, '127.0.0.1');
  peer.resume();
  await assert.rejects(once(peer, 'end'), { code: 'ECONNRESET' });
});

test('closes what is no TCP connection', () => {
  const connection = new MemoryConnection();
  cutConnection(connection);
  assert.ok(connection.destroyed);
});
