// What a peer is told whose bytes are no HTTP, before its connection is closed. Node's own answer has no reason.

import type { Duplex } from 'node:stream';
import { reasonPhrase } from '@pullway/shared/http/reason-phrase';

/** For the `clientError` event of a server. */
export function answerClientError(error: Error, socket: Duplex): void {
  // A peer that reset the connection reads nothing, and bytes in the middle of another answer would be taken for part of it.
  const isGone = 'code' in error && error.code === 'ECONNRESET';
  if (isGone || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const [status, reason] = diagnose(error);
  const phrase = reasonPhrase(reason);
  const body = `${phrase}\n`;
  const fields = `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close`;
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${phrase}\r\n${fields}\r\n\r\n${body}`);
}

/** Node keeps the response that a socket is giving in a property of its own; there is no other way to ask. */
function isAnswering(socket: Duplex): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return message !== null && message !== undefined;
}

function diagnose(error: Error): readonly [number, string] {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'the header of the request is larger than 96 KiB'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'chunk extensions are too long'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'the request was not complete in time'];
    default:
      return [400, `malformed request: ${'reason' in error ? String(error.reason) : error.message}`];
  }
}
