// How a connection is cut so that nobody takes what was sent on it for a whole answer.

import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';

/**
 * Ends `socket` with a reset: to a scraper that speaks HTTP/1.0 a FIN would be the end of a whole body.
 * Under TLS the missing close_notify says the same, and Node resets only bare TCP.
 */
export function cutConnection(socket: Duplex): void {
  if (socket instanceof Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else socket.destroy();
}
