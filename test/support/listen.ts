// Binds a server to a free port of 127.0.0.1.

import { once } from 'node:events';
import type { Server } from 'node:net';

/** @returns the port that the system chose. */
export async function listenLocally(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has an address with a port');
  return address.port;
}
