// How a connection is cut so that nobody takes what was sent on it for a whole answer.

import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';

/**
 * Ends `socket` with a reset: to a scraper that speaks HTTP/1.0 a FIN would be the end of a whole body.
 * Under TLS the missing close_notify says the same, and Node resets only bare TCP.
 *
 * What was written goes out first: node:http holds back the head of an answer until the end of the turn, and a connection that is cut
 * without any answer makes Go repeat the request in silence.
 */
export function cutConnection(socket: Duplex): void {
  while (socket.writableCorked > 0) socket.uncork();
  if (socket instanceof Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else socket.destroy();
}
