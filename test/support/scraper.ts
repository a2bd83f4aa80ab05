// Scrapers of the tests' own. scrape() reads a whole answer and times it; openScrape() leaves reading and hanging up to the test;
// rawExchange() sends bytes as they are and returns bytes as they come.

import { request, type Agent, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface ScrapeOptions {
  /** The scrape timeout that the scraper claims, in seconds; undefined sends no such header. */
  readonly timeoutSeconds?: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  /** Keeps connections; without it each scrape has one of its own. */
  readonly agent?: Agent;
  /** Hangs up when it fires. */
  readonly signal?: AbortSignal;
}

export interface ScrapeResult {
  readonly status: number;
  /** The reason phrase, which carries the diagnosis of a failure. */
  readonly reason: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly outcome: string | undefined;
  readonly body: Buffer;
  /** From the request to the last byte, in milliseconds. */
  readonly durationMs: number;
}

/** Scrapes `url` through the proxy at 127.0.0.1:`proxyPort`. Rejects when the connection is cut before the body is complete. */
export async function scrape(proxyPort: number, url: string, options: ScrapeOptions = {}): Promise<ScrapeResult> {
  const startedAt = performance.now();
  const answer = await openScrape(proxyPort, url, options);
  const body = Buffer.concat(await answer.toArray());
  const outcome = answer.headers['x-pullway-outcome'];
  return {
    status: answer.statusCode ?? 0,
    reason: answer.statusMessage ?? '',
    headers: answer.headers,
    rawHeaders: answer.rawHeaders,
    outcome: typeof outcome === 'string' ? outcome : undefined,
    body,
    durationMs: performance.now() - startedAt,
  };
}

/** The same up to the head of the answer; whoever asks reads the body or destroys the answer. */
export function openScrape(proxyPort: number, url: string, options: ScrapeOptions = {}): Promise<IncomingMessage> {
  const { timeoutSeconds, headers = {}, method = 'GET', agent = false, signal } = options;
  const timeout = timeoutSeconds === undefined ? {} : { 'x-prometheus-scrape-timeout-seconds': String(timeoutSeconds) };
  const sent = request({
    host: '127.0.0.1',
    port: proxyPort,
    path: url,
    method,
    headers: { host: new URL(url).host, ...timeout, ...headers },
    agent,
    ...(signal === undefined ? {} : { signal }),
  }).end();
  return new Promise((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
}

export interface RawAnswer {
  /** Everything that came, as latin1, one character a byte. */
  readonly text: string;
  /** Whether the other side ended in order (FIN) or cut the connection (reset). */
  readonly end: 'closed' | 'reset' | 'open';
}

/**
 * Sends `bytes` to 127.0.0.1:`port` and gathers what comes until the other side closes, or until `isWhole` says that it is enough.
 * Gives up after `timeoutMs` with what has come, and `end` is then 'open'.
 */
export function rawExchange(
  port: number,
  bytes: string | Buffer,
  { isWhole = () => false, timeoutMs = 15_000 }: { isWhole?: (text: string) => boolean; timeoutMs?: number } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const finish = (end: RawAnswer['end']): void => {
      clearTimeout(timer);
      resolve({ text, end });
      socket.destroy();
    };
    const timer = setTimeout(() => finish('open'), timeoutMs);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (isWhole(text)) finish('open');
    });
    socket.once('end', () => finish('closed')).once('error', () => finish('reset'));
  });
}

/** Whether `text` holds a whole head of an answer. */
export function hasHead(text: string): boolean {
  return text.includes('\r\n\r\n');
}
