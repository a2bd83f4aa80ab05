// Every way in which a scrape can go wrong, provoked: status, reason phrase, code, and how soon the scraper knows.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { foundAuthority } from './support/certificates.ts';
import { eventually } from './support/eventually.ts';
import { answerNothing, answerUp, runExporter, runTlsExporter } from './support/exporter.ts';
import { freePort } from './support/free-port.ts';
import { runPair } from './support/pair.ts';
import { requireProgram } from './support/real-program.ts';
import { openScrape, scrape, type ScrapeOptions, type ScrapeResult } from './support/scraper.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** What needs no waiting takes milliseconds; a second is far from the timeout of 10 s, and enough for a busy machine. */
const AT_ONCE_MS = 1_000;

const TEN_SECONDS: ScrapeOptions = { timeoutSeconds: 10 };

/** The answer is the proxy's own: the reason phrase says it, the body repeats it, a header has the code. */
function assertRefused(answer: ScrapeResult, status: number, outcome: string, reason: string | RegExp): void {
  assert.equal(answer.status, status, answer.reason);
  assert.equal(answer.outcome, outcome);
  if (typeof reason === 'string') assert.equal(answer.reason, reason);
  else assert.match(answer.reason, reason);
  assert.equal(answer.body.toString(), `${answer.reason}\n`);
}

test('faults of a request and of its target are told at once, with the reason', async (t) => {
  const exporter = await runExporter(t);
  const malformed = await runMalformedExporter(t);
  const closed = await freePort();
  const { proxy, agent } = await runPair(t, {
    agent: { targets: [exporter.hostPort, `127.0.0.1:${malformed}`, `127.0.0.1:${closed}`] },
  });
  const ask = async (url: string, options: ScrapeOptions = TEN_SECONDS): Promise<ScrapeResult> => {
    const answer = await scrape(proxy.port, url, options);
    assert.ok(answer.durationMs < AT_ONCE_MS, `it took ${answer.durationMs} ms`);
    return answer;
  };
  const address = `client:${exporter.port}`;

  await t.test('unknown_target', async () => {
    assertRefused(await ask('http://client:1/metrics'), 404, 'unknown_target', 'no agent has announced client:1');
  });
  await t.test('not_exposed', async () => {
    const reason = `${address} exposes /metrics, not /debug/pprof`;
    assertRefused(await ask(`http://${address}/debug/pprof?seconds=1`), 403, 'not_exposed', reason);
  });
  await t.test('method_refused', async () => {
    const answer = await ask(`http://${address}/metrics`, { method: 'DELETE' });
    assertRefused(answer, 405, 'method_refused', 'only GET and HEAD are forwarded');
    assert.equal(answer.headers['allow'], 'GET, HEAD');
  });
  await t.test('target_unreachable', async () => {
    const reason = `agent client: connect ECONNREFUSED 127.0.0.1:${closed}`;
    assertRefused(await ask(`http://client:${closed}/metrics`), 502, 'target_unreachable', reason);
  });
  await t.test('target_protocol', async () => {
    const reason = `agent client: 127.0.0.1:${malformed} sent a malformed HTTP response`;
    assertRefused(await ask(`http://client:${malformed}/metrics`), 502, 'target_protocol', reason);
  });
  await t.test('each is counted by its code', async () => {
    const refused = (outcome: string): Promise<number> =>
      proxy.metric(`pullway_proxy_scrapes_refused_total{outcome="${outcome}"}`);
    for (const outcome of ['unknown_target', 'not_exposed', 'method_refused']) assert.equal(await refused(outcome), 1);
    for (const outcome of ['target_unreachable', 'target_protocol']) {
      assert.equal(await proxy.metric(`pullway_proxy_scrapes_total{cluster="",outcome="${outcome}"}`), 1, outcome);
      assert.equal(await agent.metric(`pullway_agent_scrapes_total{outcome="${outcome}"}`), 1, outcome);
    }
  });
  await t.test('HEAD has the head of GET and no body', async () => {
    const answer = await ask(`http://${address}/metrics`, { method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, 0);
  });
});

test('target_tls: a certificate that the agent does not trust', async (t) => {
  const openssl = requireProgram(t, 'openssl');
  if (openssl === undefined) return;
  const authority = await foundAuthority(openssl, await temporaryFolder(t));
  const { cert, key } = await authority.issue('exporter', ['IP:127.0.0.1']);
  const [tls, plain] = await Promise.all([runTlsExporter(t, { cert, key }), runExporter(t)]);
  const { proxy } = await runPair(t, { agent: { targets: [`https://${tls.hostPort}`, `https://${plain.hostPort}`] } });
  const untrusted = await scrape(proxy.port, `http://client:${tls.port}/metrics`, TEN_SECONDS);
  const reason = `agent client: certificate of ${tls.hostPort} is signed by an unknown authority`;
  assertRefused(untrusted, 502, 'target_tls', reason);
  const noTls = await scrape(proxy.port, `http://client:${plain.port}/metrics`, TEN_SECONDS);
  assertRefused(noTls, 502, 'target_tls', new RegExp(`^agent client: TLS with ${plain.hostPort} failed`));
});

test('target_timeout: the scraper reads the reason before its own timeout', async (t) => {
  const exporter = await runExporter(t, answerNothing);
  const { proxy, agent } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
  const answer = await scrape(proxy.port, `http://client:${exporter.port}/metrics`, { timeoutSeconds: 5 });
  // 5 s less a tenth of it, and no more than 500 ms.
  assertRefused(answer, 504, 'target_timeout', `client:${exporter.port} did not answer within 4.5s`);
  assert.ok(answer.durationMs > 4_400 && answer.durationMs < 5_000, `${answer.durationMs} ms`);
  await agent.isIdle();
  await eventually(() => assert.equal(exporter.openConnections, 0, 'the request to the exporter is aborted'));
});

test('body_too_large: told in the status line where the length is known, by a cut where it is not', async (t) => {
  const size = 2 * 1024 * 1024;
  const exporter = await runExporter(t, (request, response) => {
    if (request.url === '/known') response.setHeader('content-length', size);
    response.write(Buffer.alloc(size, 'x'));
    response.end();
  });
  const { proxy, agent } = await runPair(t, {
    agent: {
      targets: [`${exporter.hostPort}/known`, `${exporter.hostPort}/unknown`],
      flags: ['--scrape.max-body-bytes=1MiB'],
    },
  });
  const known = await scrape(proxy.port, `http://client:${exporter.port}/known`, TEN_SECONDS);
  assertRefused(known, 502, 'body_too_large', `body of client:${exporter.port} is larger than 1 MiB`);
  await assert.rejects(scrape(proxy.port, `http://client:${exporter.port}/unknown`, TEN_SECONDS));
  await agent.isIdle();
  assert.equal(await agent.metric('pullway_agent_scrapes_total{outcome="body_too_large"}'), 2);
});

test('agent_busy: the scrape beyond the agent’s limit is refused at once, and room comes back', async (t) => {
  const exporter = await runExporter(t, (request, response) => {
    if (request.headers['x-wait'] === undefined) answerUp(request, response);
  });
  const { proxy } = await runPair(t, {
    agent: { targets: [exporter.hostPort], flags: ['--scrape.max-concurrent=2'] },
  });
  const refused = await exceed(t, proxy.port, `http://client:${exporter.port}/metrics`, () => exporter.requests.length);
  assertRefused(refused, 503, 'agent_busy', 'agent client already has 2 scrapes in flight');
});

test('proxy_busy: the scrape beyond the limit of the replica is refused at once, and room comes back', async (t) => {
  const exporter = await runExporter(t, (request, response) => {
    if (request.headers['x-wait'] === undefined) answerUp(request, response);
  });
  const { proxy } = await runPair(t, {
    proxy: { flags: ['--scrape.max-in-flight=2'] },
    agent: { targets: [exporter.hostPort] },
  });
  const refused = await exceed(t, proxy.port, `http://client:${exporter.port}/metrics`, () => exporter.requests.length);
  assertRefused(refused, 503, 'proxy_busy', 'this replica already has 2 scrapes in flight');
});

test('tunnel_lost and agent_gone: the agent is killed during a scrape', async (t) => {
  const exporter = await runExporter(t, answerNothing);
  const { proxy, agent } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
  const url = `http://client:${exporter.port}/metrics`;
  const running = scrape(proxy.port, url, { timeoutSeconds: 60 });
  await eventually(() => assert.equal(exporter.requests.length, 1));
  const killedAt = performance.now();
  agent.program.signal('SIGKILL');
  assertRefused(await running, 502, 'tunnel_lost', /^the tunnel to agent client broke during the scrape/);
  assert.ok(performance.now() - killedAt < AT_ONCE_MS, 'a broken tunnel ends its scrapes at once');
  const gone = await scrape(proxy.port, url, TEN_SECONDS);
  assertRefused(gone, 503, 'agent_gone', /^agent client disconnected \d+s ago$/);
  assert.ok(gone.durationMs < AT_ONCE_MS);
  await proxy.isIdle();
});

test('scraper_gone: counted, and the exporter is let go', async (t) => {
  const exporter = await runExporter(t, answerNothing);
  const { proxy, agent } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
  const hangUp = new AbortController();
  const running = openScrape(proxy.port, `http://client:${exporter.port}/metrics`, {
    timeoutSeconds: 60,
    signal: hangUp.signal,
  });
  await eventually(() => assert.equal(exporter.requests.length, 1));
  hangUp.abort();
  await assert.rejects(running);
  await eventually(async () => {
    assert.equal(exporter.openConnections, 0);
    assert.equal(await proxy.metric('pullway_proxy_scrapes_total{cluster="",outcome="scraper_gone"}'), 1);
    assert.equal(await agent.metric('pullway_agent_scrapes_total{outcome="cancelled"}'), 1);
  });
  await proxy.isIdle();
});

/** Two scrapes that wait, and the answer to a third; when the two have hung up the next is answered again. */
async function exceed(t: TestContext, port: number, url: string, started: () => number): Promise<ScrapeResult> {
  const hangUp = new AbortController();
  t.after(() => hangUp.abort());
  const options = { timeoutSeconds: 60, signal: hangUp.signal, headers: { 'x-wait': 'yes' } };
  const waiting = [1, 2].map(() => openScrape(port, url, options).catch(() => undefined));
  await eventually(() => assert.equal(started(), 2));
  const refused = await scrape(port, url, TEN_SECONDS);
  assert.ok(refused.durationMs < AT_ONCE_MS, `it took ${refused.durationMs} ms`);
  hangUp.abort();
  await Promise.all(waiting);
  await eventually(async () => assert.equal((await scrape(port, url, TEN_SECONDS)).status, 200));
  return refused;
}

/** Answers with something that is no HTTP. @returns its port */
async function runMalformedExporter(t: TestContext): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end('ICY 200 OK\r\n\r\nmusic'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has an address with a port');
  return address.port;
}
