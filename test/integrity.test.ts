// A scrape that is broken off never looks whole, wherever the way breaks, and nothing of it is left at either end.

import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { eventually } from './support/eventually.ts';
import { runExporter, TEXT_FORMAT, type RunningExporter } from './support/exporter.ts';
import type { HttpAnswer } from './support/http-answer.ts';
import { runCleanPair, type CleanPair } from './support/clean-pair.ts';
import { runPrometheus } from './support/prometheus.ts';
import { connectScraper, scrapeRequest, type RawScraper } from './support/raw-scraper.ts';
import { startRawExporter } from './support/raw-exporter.ts';
import { requireProgram } from './support/real-program.ts';
import { startRelay, type Relay } from './support/relay.ts';
import { resetConnection } from './support/reset.ts';

/** Sent before the break: more than fits into the frame of the head, less than a window. */
const SENT_BYTES = 150_000;
const WHOLE_BYTES = 2 * SENT_BYTES;
const FRAMINGS = ['chunked', 'with Content-Length'] as const;

type Framing = (typeof FRAMINGS)[number];

interface Broken {
  readonly pair: CleanPair;
  readonly relay: Relay;
  readonly exporter: RunningExporter;
  readonly scraper: RawScraper;
  readonly url: string;
}

test('a body without length or chunks is cut when its exporter resets, and whole when it closes in order', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n';
  const sockets: Socket[] = [];
  const exporter = await startRawExporter(t, (socket) => {
    sockets.push(socket);
    socket.write(`${head}up_to_here 1\n`);
  });
  const pair = await runCleanPair(t, { targets: [`127.0.0.1:${exporter.port}`] });
  for (const [at, end] of [resetConnection, (socket: Socket) => socket.end()].entries()) {
    const scraper = await connectScraper(t, pair.proxy.port);
    scraper.send(scrapeRequest(`http://client:${exporter.port}/metrics`));
    await scraper.received(head.length);
    end(sockets[at] ?? assert.fail('the exporter was not asked'));
    if (at === 0) await assertCut(scraper);
    else assert.equal((await scraper.answer()).isComplete, true);
  }
  await pair.isIdle();
});

for (const framing of FRAMINGS) {
  test(`an exporter killed in the middle of a body (${framing}) cuts the answer`, async (t) => {
    const { pair, exporter, scraper, url } = await beginBody(t, framing);
    exporter.cutConnections();
    await assertCut(scraper);
    await isClean(pair, exporter, url);
  });

  test(`an exporter that closes in order in the middle of a body (${framing}) cuts the answer`, async (t) => {
    const { pair, exporter, scraper, url } = await beginBody(t, framing, (response) => response.socket?.end());
    await assertCut(scraper);
    await isClean(pair, exporter, url);
  });

  test(`an agent killed in the middle of a body (${framing}) cuts the answer`, async (t) => {
    const { pair, exporter, scraper } = await beginBody(t, framing);
    pair.agent.program.signal('SIGKILL');
    await assertCut(scraper);
    await pair.proxy.isIdle();
    await eventually(() => assert.equal(exporter.openConnections, 0));
  });

  test(`a tunnel cut in the middle of a body (${framing}) cuts the answer, and the agent comes back`, async (t) => {
    const { pair, relay, exporter, scraper, url } = await beginBody(t, framing);
    relay.cut();
    await assertCut(scraper);
    await eventually(() => assert.equal(exporter.openConnections, 0));
    await pair.proxy.hasAgents(1);
    await isClean(pair, exporter, url);
  });
}

test('a scraper that resets its connection in the middle of a body leaves nothing behind', async (t) => {
  const { pair, exporter, scraper, url } = await beginBody(t, 'chunked');
  const during = await pair.descriptors();
  scraper.socket.resetAndDestroy();
  await eventually(() => assert.equal(exporter.openConnections, 0));
  // The scraper's connection at the proxy and the exporter's at the agent are gone.
  await pair.isBackAt({ proxy: during.proxy - 1, agent: during.agent - 1 });
  await isClean(pair, exporter, url);
});

test('a body that only the close of the connection ends is whole with the close', async (t) => {
  const exporter = await runExporter(t, (_request, { socket }) => {
    socket?.write('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nfirst ');
    setImmediate(() => socket?.end('second'));
  });
  const pair = await runCleanPair(t, { targets: [`old=http://${exporter.hostPort}/metrics`] });
  const scraper = await connectScraper(t, pair.proxy.port);
  const answer = await scraper.scrape('http://old/metrics');
  assert.equal(answer.isComplete, true);
  assert.equal(answer.body.toString(), 'first second');
  await pair.isIdle();
});

test('twenty broken scrapes at a time leave no exchange, socket or byte of a window behind', async (t) => {
  const { pair, exporter, scraper, url } = await beginBody(t, 'chunked');
  exporter.cutConnections();
  await assertCut(scraper);
  await isClean(pair, exporter, url);
  const before = await pair.idleDescriptors();
  for (const end of ['exporter', 'scraper']) {
    const scrapers = await Promise.all(Array.from({ length: 20 }, () => connectScraper(t, pair.proxy.port)));
    for (const each of scrapers) each.send(scrapeRequest(url));
    await Promise.all(scrapers.map((each) => each.received(1000)));
    if (end === 'exporter') exporter.cutConnections();
    for (const each of scrapers) {
      if (end === 'exporter') assertNotWhole(await each.answer());
      each.socket.destroy();
    }
    await eventually(() => assert.equal(exporter.openConnections, 0));
    await pair.isBackAt(before);
  }
});

test('Prometheus stores nothing of a scrape that breaks off, and shows it as down', async (t) => {
  const prometheus = requireProgram(t, 'prometheus');
  if (prometheus === undefined) return;
  const exporter = await runExporter(t, (request, response) => {
    const framing = request.url?.includes('chunked') === true ? 'chunked' : 'with Content-Length';
    writeHalf(response, framing, 'part_of_a_body 1\n');
    setImmediate(() => response.socket?.resetAndDestroy());
  });
  const targets = ['chunked', 'length'].map((name) => `${name}=http://${exporter.hostPort}/${name}`);
  const { proxy } = await runCleanPair(t, { targets });
  const jobs = ['chunked', 'length'].map(
    (name) => `  - job_name: ${name}
    proxy_url: ${proxy.url}/
    metrics_path: /${name}
    static_configs: [{ targets: ['${name}:80'] }]\n`,
  );
  const server = await runPrometheus(t, prometheus, jobs.join(''));
  // After several scrapes of each.
  await eventually(async () => assert.equal((await server.query('count_over_time(up[1m]) >= 3')).length, 2), {
    timeoutMs: 30_000,
  });
  assert.deepEqual(await server.query('part_of_a_body'), []);
  assert.deepEqual(await server.query('max_over_time(up[1m]) == 1'), []);
});

/** A scrape of which half the body has arrived, over a relay, with everything warm. `then` goes on at the exporter. */
async function beginBody(
  t: TestContext,
  framing: Framing,
  then: (response: ServerResponse) => void = () => undefined,
): Promise<Broken> {
  const exporter = await runExporter(t, (request, response) => {
    if (request.url === '/metrics?whole') {
      response.end('whole 1\n');
    } else {
      writeHalf(response, framing, 'x'.repeat(SENT_BYTES));
      then(response);
    }
  });
  let relay: Relay | undefined;
  const pair = await runCleanPair(t, {
    targets: [`broken=http://${exporter.hostPort}/metrics`],
    between: async (port) => {
      relay = await startRelay(t, port);
      return relay.port;
    },
  });
  assert.ok(relay);
  const scraper = await connectScraper(t, pair.proxy.port);
  const url = 'http://broken/metrics';
  scraper.send(scrapeRequest(url));
  // Of what is still queued when the exporter breaks off nothing more is sent, so that little has to come.
  await scraper.received(1000);
  return { pair, relay, exporter, scraper, url };
}

function writeHalf(response: ServerResponse, framing: Framing, half: string): void {
  const length = framing === 'chunked' ? {} : { 'content-length': WHOLE_BYTES };
  response.writeHead(200, { 'content-type': TEXT_FORMAT, ...length });
  response.write(half);
}

async function assertCut(scraper: RawScraper): Promise<void> {
  const answer = await scraper.answer();
  assert.equal(answer.status, 200);
  assertNotWhole(answer);
  assert.equal(scraper.end, 'reset', 'a FIN would be the end of a whole body to an HTTP/1.0 client');
  assert.equal(scraper.unread.length, 0);
}

function assertNotWhole({ status, isComplete, body }: HttpAnswer): void {
  assert.ok(status >= 500 || !isComplete, `a whole answer of ${body.length} bytes`);
}

/** Nothing is left of the scrapes before, and the next one succeeds. */
async function isClean(pair: CleanPair, exporter: RunningExporter, url: string): Promise<void> {
  await pair.isIdle();
  await eventually(() => assert.equal(exporter.openConnections, 0));
  const scraper = await connectScraper({ after: () => undefined }, pair.proxy.port);
  const answer = await scraper.scrape(`${url}?whole`);
  scraper.socket.destroy();
  assert.equal(answer.isComplete, true);
  assert.equal(answer.body.toString(), 'whole 1\n');
  exporter.cutConnections();
  await eventually(() => assert.equal(exporter.openConnections, 0));
}
