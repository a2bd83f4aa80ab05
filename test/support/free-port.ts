// Ports of 127.0.0.1 for programs that cannot tell which port they got when asked for 0.

import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port of 127.0.0.1 that was free a moment ago: `preferred` if that is, else one that the system chose. Another program can take
 * it before ours does; the system hands out such ports in turn, so that this is rare.
 */
export async function freePort(preferred = 0): Promise<number> {
  try {
    return await boundPort(preferred);
  } catch {
    return boundPort(0);
  }
}

/** The port that a server gets when it asks for `port`; throws when that is taken. */
async function boundPort(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has an address with a port');
  return address.port;
}
