// What failed scrapes leave behind: no exchange, no socket at either end, no connection at an exporter.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCleanPair } from './support/clean-pair.ts';
import { eventually } from './support/eventually.ts';
import { answerNothing, answerUp, runExporter, runTlsExporter } from './support/exporter.ts';
import { freePort } from './support/free-port.ts';
import { openScrape, rawExchange, scrape } from './support/scraper.ts';

const ROUNDS = 10;

test('scrapes that fail in every way leave nothing open', async (t) => {
  const [good, slow, closed] = await Promise.all([runExporter(t), runExporter(t, answerNothing), freePort()]);
  // Without a certificate no handshake succeeds.
  const noTls = await runTlsExporter(t, {}, answerUp);
  const dying = await runExporter(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  });
  const pair = await runCleanPair(t, {
    targets: [good.hostPort, slow.hostPort, dying.hostPort, `127.0.0.1:${closed}`, `https://${noTls.hostPort}`],
    agentFlags: [`--target.passthrough=passed:1=127.0.0.1:${closed}`],
  });
  const { port } = pair.proxy;
  const url = (exporterPort: number, path = '/metrics'): string => `http://client:${exporterPort}${path}`;
  const scrapes: readonly (() => Promise<unknown>)[] = [
    () => scrape(port, url(good.port)),
    () => scrape(port, url(good.port, '/other')),
    () => scrape(port, url(good.port), { method: 'POST' }),
    () => scrape(port, url(1)),
    () => scrape(port, url(closed)),
    () => scrape(port, url(noTls.port)),
    () => scrape(port, url(slow.port), { timeoutSeconds: 0.5 }),
    () => assert.rejects(scrape(port, url(dying.port))),
    () => assert.rejects(openScrape(port, url(slow.port), { timeoutSeconds: 60, signal: AbortSignal.timeout(100) })),
    () => rawExchange(port, 'CONNECT passed:1 HTTP/1.1\r\nHost: passed:1\r\n\r\n'),
    () => rawExchange(port, 'CONNECT nobody:1 HTTP/1.1\r\nHost: nobody:1\r\n\r\n'),
  ];
  const runAll = (): Promise<unknown> => Promise.all(scrapes.map((each) => each()));
  // Connections to exporters are kept for the next scrape, so the first round opens some for good.
  await runAll();
  const before = await pair.idleDescriptors();
  for (let round = 0; round < ROUNDS; round += 1) await runAll();
  await pair.isBackAt(before);
  await eventually(() => assert.deepEqual([slow.openConnections, dying.openConnections], [0, 0]));
  assert.ok(
    good.openConnections <= 1,
    `${good.openConnections} connections to an exporter that was asked one at a time`,
  );
  assert.equal((await scrape(port, url(good.port))).status, 200);
});
