// A program of its own that serves large bodies and fetches them, so that the process of the test stays free to measure.
// It is told what to do, by messages, by large-bodies.ts.
//
//     node large-bodies-program.ts BYTES

import { createServer, get, type IncomingMessage } from 'node:http';
import { listenLocally } from './listen.ts';

const PART = Buffer.alloc(64 * 1024, 'x');

interface Order {
  readonly port: number;
  readonly path: string;
}

const bodyBytes = Number(process.argv[2]);
const server = createServer((_request, response) => {
  let left = bodyBytes;
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': bodyBytes });
  const fill = (): void => {
    while (left > 0) {
      const part = left < PART.length ? PART.subarray(0, left) : PART;
      left -= part.length;
      if (!response.write(part)) return;
    }
    response.end();
  };
  response.on('drain', fill);
  fill();
});

/** Fetches this again and again until it is undefined, and then tells how many bodies came whole. */
let wanted: Order | undefined;
let fetched = 0;

process.on('message', (order: Order | 'stop') => {
  const isIdle = wanted === undefined;
  wanted = order === 'stop' ? undefined : order;
  if (!isIdle || wanted === undefined) return;
  fetched = 0;
  fetchNext();
});

function fetchNext(): void {
  if (wanted === undefined) {
    process.send?.(fetched);
    return;
  }
  const { port, path } = wanted;
  get({ port, path, host: '127.0.0.1', headers: { 'x-prometheus-scrape-timeout-seconds': '120' } }, (answer) => {
    void count(answer);
  }).on('error', (error) => {
    throw error;
  });
}

async function count(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) bytes += Buffer.isBuffer(chunk) ? chunk.length : 0;
  if (bytes !== bodyBytes) throw new Error(`${bytes} bytes instead of ${bodyBytes}: ${answer.statusMessage}`);
  fetched += 1;
  fetchNext();
}

process.send?.(await listenLocally(server));
