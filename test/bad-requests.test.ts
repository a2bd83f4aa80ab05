// What a scraper may send that is no scrape, or two at once. Each gets a clear refusal; the proxy lives and goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCleanPair, type CleanPair } from './support/clean-pair.ts';
import { runExporter, type RunningExporter } from './support/exporter.ts';
import { fieldValues, type HttpAnswer } from './support/http-answer.ts';
import { connectScraper, scrapeRequest } from './support/raw-scraper.ts';

interface Refused {
  readonly name: string;
  readonly bytes: string;
  readonly status: number;
  readonly reason: RegExp;
}

const LONG = 'x'.repeat(100 * 1024);

/** Requests after which the connection may be closed, but must not carry out a second request hidden in the first. */
const REFUSED: readonly Refused[] = [
  {
    name: 'two different Content-Length',
    bytes: 'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n',
    status: 400,
    reason: /malformed request/,
  },
  {
    name: 'Transfer-Encoding and Content-Length',
    bytes:
      'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
    reason: /malformed request|no request body/,
  },
  {
    name: 'a transfer coding that hides chunked',
    bytes: 'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    status: 400,
    reason: /malformed request|no request body/,
  },
  {
    name: 'obs-fold',
    bytes: 'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nX-Folded: a\r\n Content-Length: 5\r\n\r\n',
    status: 400,
    reason: /malformed request/,
  },
  {
    name: 'a bare CR in a header value',
    bytes: 'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nX-A: b\rX-Smuggled: c\r\n\r\n',
    status: 400,
    reason: /malformed request/,
  },
  {
    name: 'a bare LF as the end of a line',
    bytes: 'GET http://near/metrics HTTP/1.1\nHost: near\n\n',
    status: 400,
    reason: /malformed request/,
  },
  {
    name: 'a NUL in a header value',
    bytes: 'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nX-A: b\0c\r\n\r\n',
    status: 400,
    reason: /malformed request/,
  },
  {
    name: 'a blank before the colon',
    bytes: 'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nContent-Length : 5\r\n\r\n',
    status: 400,
    reason: /malformed request/,
  },
  {
    name: 'a head that is too long',
    bytes: `GET http://near/metrics HTTP/1.1\r\nHost: near\r\nX-Long: ${LONG}\r\n\r\n`,
    status: 431,
    reason: /larger than 96 KiB/,
  },
  {
    name: 'no HTTP at all',
    bytes: '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n',
    status: 400,
    reason: /malformed request/,
  },
  {
    name: 'a request body',
    bytes: 'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nContent-Length: 5\r\n\r\nhello',
    status: 400,
    reason: /no request body/,
  },
  {
    name: 'a chunked request body',
    bytes:
      'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    status: 400,
    reason: /no request body/,
  },
  {
    name: 'a user name in the URL',
    bytes: 'GET http://me:secret@near/metrics HTTP/1.1\r\nHost: near\r\n\r\n',
    status: 400,
    reason: /no user name in its URL/,
  },
  {
    name: 'a fragment',
    bytes: 'GET http://near/metrics#a HTTP/1.1\r\nHost: near\r\n\r\n',
    status: 400,
    reason: /fragment|malformed/,
  },
  {
    name: 'an https URL',
    bytes: 'GET https://near/metrics HTTP/1.1\r\nHost: near\r\n\r\n',
    status: 400,
    reason: /CONNECT/,
  },
  {
    name: 'another scheme',
    bytes: 'GET ftp://near/metrics HTTP/1.1\r\nHost: near\r\n\r\n',
    status: 400,
    reason: /no http URL/,
  },
  {
    name: 'a port that is none',
    bytes: 'GET http://near:99999/ HTTP/1.1\r\nHost: near\r\n\r\n',
    status: 400,
    reason: /valid host and port/,
  },
  {
    name: 'no host',
    bytes: 'GET http:///metrics HTTP/1.1\r\nHost: near\r\n\r\n',
    status: 400,
    reason: /valid host and port/,
  },
  { name: 'OPTIONS *', bytes: 'OPTIONS * HTTP/1.1\r\nHost: near\r\n\r\n', status: 400, reason: /OPTIONS \*/ },
  {
    name: 'CONNECT without a port',
    bytes: 'CONNECT near HTTP/1.1\r\nHost: near\r\n\r\n',
    status: 400,
    reason: /host:port/,
  },
  {
    name: 'CONNECT to a target of scheme http',
    bytes: 'CONNECT near:80 HTTP/1.1\r\nHost: near:80\r\n\r\n',
    status: 403,
    reason: /scheme http/,
  },
  {
    name: 'another method',
    bytes: 'DELETE http://near/metrics HTTP/1.1\r\nHost: near\r\n\r\n',
    status: 405,
    reason: /only GET and HEAD/,
  },
  {
    name: 'an upgrade in absolute form',
    bytes: 'GET http://near/metrics HTTP/1.1\r\nHost: near\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    status: 400,
    reason: /no upgrades/,
  },
];

test('a request that is no scrape is refused, in words, and nothing of it reaches an exporter', async (t) => {
  const { pair, exporter } = await startNear(t);
  for (const { name, bytes, status, reason } of REFUSED) {
    await t.test(name, async (sub) => {
      const scraper = await connectScraper(sub, pair.proxy.port);
      // What hides behind the request must not be taken for a request of its own where the first is malformed.
      scraper.send(bytes);
      const answer = await scraper.answer();
      assert.equal(answer.status, status, answer.reason);
      assert.match(answer.reason, reason);
      assert.match(answer.body.toString(), reason);
      assert.equal(scraper.unread.length, 0);
    });
  }
  assert.equal(exporter.requests.length, 0);
  await assertServes(pair, exporter);
});

test('a request hidden in the body of another is not carried out', async (t) => {
  const { pair, exporter } = await startNear(t);
  const hidden = scrapeRequest('http://near/metrics?hidden');
  for (const framing of [
    `Content-Length: ${hidden.length}`,
    'Content-Length: 0\r\nTransfer-Encoding: chunked',
    'Content-Length: 5\r\nContent-Length: 0',
  ]) {
    const scraper = await connectScraper(t, pair.proxy.port);
    scraper.send(
      `GET http://near/metrics HTTP/1.1\r\nHost: near\r\n${framing}\r\n\r\n${framing.includes('chunked') ? '0\r\n\r\n' : ''}${hidden}`,
    );
    assert.equal((await scraper.answer()).status, 400);
    assert.notEqual(await scraper.ended(), 'open');
    assert.equal(scraper.unread.length, 0, scraper.unread.toString('latin1'));
  }
  assert.equal(exporter.requests.length, 0);
  await assertServes(pair, exporter);
});

test('the proxy never takes a target for itself, nor itself for a target', async (t) => {
  const { pair, exporter } = await startNear(t);
  const scraper = await connectScraper(t, pair.proxy.port);
  for (const name of [`127.0.0.1:${pair.proxy.port}`, `localhost:${pair.proxy.port}`, `[::1]:${pair.proxy.port}`]) {
    const answer = await scraper.scrape(`http://${name}/metrics`);
    assert.equal(answer.status, 404, `${name}: ${answer.reason}`);
    assert.deepEqual(fieldValues(answer.fields, 'x-pullway-outcome'), ['unknown_target']);
  }
  // A target whose path the proxy has as well, in all the ways of writing its name.
  for (const url of ['http://near/metrics', 'http://NEAR/metrics', 'HTTP://Near:80/metrics']) {
    assert.equal((await scraper.scrape(url)).body.toString(), '# TYPE exporter_up gauge\nexporter_up 1\n', url);
  }
  scraper.send('GET /metrics HTTP/1.1\r\nHost: NEAR:80\r\n\r\n');
  assert.match((await scraper.answer()).body.toString(), /^exporter_up 1$/m);
  scraper.send(`GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:${pair.proxy.port}\r\n\r\n`);
  assert.match((await scraper.answer()).body.toString(), /^pullway_proxy_agents/m);
  assert.equal(exporter.requests.length, 4);
});

test('IPv6 addresses and upper case find their targets', async (t) => {
  const exporter = await runExporter(t);
  const pair = await runCleanPair(t, {
    targets: [
      `[fd00::A]:9100=http://${exporter.hostPort}/metrics`,
      `Upper.Example=http://${exporter.hostPort}/metrics`,
    ],
  });
  const scraper = await connectScraper(t, pair.proxy.port);
  for (const url of [
    'http://[fd00::a]:9100/metrics',
    'http://[FD00::A]:9100/metrics',
    'http://upper.example/metrics',
    'http://UPPER.EXAMPLE:80/metrics',
  ]) {
    const answer: HttpAnswer = await scraper.scrape(url);
    assert.equal(answer.status, 200, `${url}: ${answer.reason}`);
  }
});

async function startNear(
  t: Parameters<typeof runExporter>[0],
): Promise<{ pair: CleanPair; exporter: RunningExporter }> {
  const exporter = await runExporter(t);
  const pair = await runCleanPair(t, { targets: [`near=http://${exporter.hostPort}/metrics`] });
  return { pair, exporter };
}

async function assertServes(pair: CleanPair, exporter: RunningExporter): Promise<void> {
  const before = exporter.requests.length;
  const scraper = await connectScraper({ after: () => undefined }, pair.proxy.port);
  const answer = await scraper.scrape('http://near/metrics');
  scraper.socket.destroy();
  assert.equal(answer.status, 200);
  assert.equal(exporter.requests.length, before + 1);
  await pair.isIdle();
}
