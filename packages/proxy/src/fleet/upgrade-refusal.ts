// An answer to a request for a WebSocket that does not get one: there is a bare socket only.

import type { Duplex } from 'node:stream';

/** Ends `socket` with a plain HTTP answer. `fields` are further header lines. */
export function refuseUpgrade(socket: Duplex, status: string, fields: readonly string[] = []): void {
  const body = `${status}\n`;
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Connection: close',
    ...fields,
  ];
  // A peer that has gone already, or goes while it is answered, is nobody's fault.
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
