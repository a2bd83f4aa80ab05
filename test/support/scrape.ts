// One scrape as Prometheus sends it to its proxy_url: absolute form. It judges nothing of the answer.

import { request, type IncomingMessage } from 'node:http';

export interface ScrapeAnswer {
  readonly status: number;
  /** The reason phrase, which carries the diagnosis of a failure. */
  readonly reason: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/**
 * Scrapes `http://ADDRESS/PATH` through the proxy at 127.0.0.1:`proxyPort`, on a connection of its own.
 * Throws when the connection is cut before the body is complete.
 */
export async function scrapeThrough(
  proxyPort: number,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ScrapeAnswer> {
  const host = new URL(url).host;
  const scrape = request({
    host: '127.0.0.1',
    port: proxyPort,
    path: url,
    headers: { host, 'x-prometheus-scrape-timeout-seconds': '10', ...headers },
    agent: false,
  }).end();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    scrape.once('response', resolve).once('error', reject);
  });
  const body = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode ?? 0, reason: answer.statusMessage ?? '', headers: answer.headers, body };
}
