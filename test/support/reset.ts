// Ends a TCP connection as a process that is killed does: with a reset.

import type { Socket } from 'node:net';

/**
 * Resets `socket`. One that is being shut down is closed instead: there resetAndDestroy() fails inside libuv, the handle stays
 * half closed, and Node 24 waits for it for ever when the process is to end.
 */
export function resetConnection(socket: Socket): void {
  const isShuttingDown = socket.writableEnded && !socket.writableFinished;
  if (isShuttingDown || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
