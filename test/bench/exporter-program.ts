// An exporter that costs next to nothing: prepared answers from a bare socket, chosen by path. A program of its own, so that its cost
// is nobody else's. It writes its port to stdout.

import { createServer, type Socket } from 'node:net';
import { BODIES, type Body } from './body.ts';

const END_OF_HEAD = '\r\n\r\n';
const answers = new Map(BODIES.map((body) => [`/${body.name}`, answerWith(body)]));
const notFound = Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');

const server = createServer({ noDelay: true }, answerRequests);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`port ${address?.port}`);
});

/** One request at a time is on a connection; its head may come in parts. */
function answerRequests(socket: Socket): void {
  let head = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    head += text;
    if (!head.endsWith(END_OF_HEAD)) return;
    socket.write(answers.get(pathIn(head)) ?? notFound);
    head = '';
  });
}

/** Of both forms: `GET /path HTTP/1.1` and `GET http://host/path HTTP/1.1`. */
function pathIn(head: string): string {
  const end = head.indexOf(' ', 4);
  return head.slice(head.lastIndexOf('/', end), end);
}

function answerWith({ bytes, isGzip }: Body): Buffer {
  const fields = [
    'HTTP/1.1 200 OK',
    'Content-Type: text/plain; version=0.0.4; charset=utf-8; escaping=values',
    ...(isGzip ? ['Content-Encoding: gzip'] : []),
    `Content-Length: ${bytes.length}`,
    'Date: Tue, 24 Nov 2026 09:00:00 GMT',
  ];
  return Buffer.concat([Buffer.from(fields.join('\r\n') + END_OF_HEAD), bytes]);
}
