// One exchange of bytes over a socket: what a test wants to say exactly as it stands, and all that comes back.

import { connect, type AddressInfo } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** Sends `text` and settles with everything received until the other end closed. */
export function exchangeBytes(
  { port }: Pick<AddressInfo, 'port'>,
  text: string,
  tls?: ConnectionOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls === undefined ? connect(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', ...tls });
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => void parts.push(part));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
    socket.write(text, 'latin1');
  });
}
