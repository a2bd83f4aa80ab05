// What an exporter may answer that is no HTTP, or means two things. None of it may desynchronise the scraper's connection: each answer
// is followed by a sound one on the same connection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCleanPair } from './support/clean-pair.ts';
import { fieldValues } from './support/http-answer.ts';
import { startRawExporter } from './support/raw-exporter.ts';
import { connectScraper } from './support/raw-scraper.ts';

interface BadAnswer {
  readonly name: string;
  readonly bytes: string;
  /** `refused`: 502 in words. `cut`: the head had gone out. `either`: which of them is a matter of timing. */
  readonly verdict: 'refused' | 'cut' | 'either';
}

const SECOND = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled';
const LONG = 'x'.repeat(80 * 1024);

const BAD: readonly BadAnswer[] = [
  { name: 'no HTTP', bytes: 'hello, I am no exporter\r\n\r\n', verdict: 'refused' },
  { name: 'HTTP/0.9', bytes: 'up 1\n', verdict: 'refused' },
  {
    name: 'two different Content-Length',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
    verdict: 'refused',
  },
  {
    name: 'a Content-Length that is no number',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\nabc',
    verdict: 'refused',
  },
  { name: 'a negative Content-Length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc', verdict: 'refused' },
  {
    name: 'Transfer-Encoding and Content-Length',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    verdict: 'refused',
  },
  {
    name: 'Content-Length and Transfer-Encoding',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    verdict: 'refused',
  },
  { name: 'obs-fold', bytes: 'HTTP/1.1 200 OK\r\nX-A: b\r\n c: d\r\nContent-Length: 2\r\n\r\nok', verdict: 'refused' },
  {
    name: 'a bare CR in a header field',
    bytes: 'HTTP/1.1 200 OK\r\nX-A: b\rX-B: c\r\nContent-Length: 2\r\n\r\nok',
    verdict: 'refused',
  },
  { name: 'a bare LF as the end of a line', bytes: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', verdict: 'refused' },
  {
    name: 'a NUL in a header field',
    bytes: 'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 2\r\n\r\nok',
    verdict: 'refused',
  },
  {
    name: 'a header name that is no token',
    bytes: 'HTTP/1.1 200 OK\r\nX(A): b\r\nContent-Length: 2\r\n\r\nok',
    verdict: 'refused',
  },
  { name: 'a blank before the colon', bytes: 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok', verdict: 'refused' },
  {
    name: 'a head that is too long',
    bytes: `HTTP/1.1 200 OK\r\nX-Long: ${LONG}\r\nContent-Length: 2\r\n\r\nok`,
    verdict: 'refused',
  },
  {
    name: 'a chunk size that is no number',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n',
    verdict: 'either',
  },
  {
    name: 'a chunk that is longer than it says',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n',
    verdict: 'either',
  },
  {
    name: 'a switch of protocols',
    bytes: 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    verdict: 'refused',
  },
];

test('an answer that is no sound HTTP becomes a 502 in words or a cut, never an answer', async (t) => {
  const exporter = await startRawExporter(t, (socket, head) => {
    const bad = BAD[Number(/\?case=(\d+)/.exec(head)?.[1])];
    if (bad === undefined) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsound');
    // A close soon after: what matters is what was sent before.
    else socket.end(Buffer.from(bad.bytes, 'latin1'));
  });
  const pair = await runCleanPair(t, { targets: [`raw=http://127.0.0.1:${exporter.port}/metrics`] });
  for (const [at, { name, verdict }] of BAD.entries()) {
    await t.test(name, async (sub) => {
      const scraper = await connectScraper(sub, pair.proxy.port);
      const answer = await scraper.scrape(`http://raw/metrics?case=${at}`);
      if (verdict === 'refused' || answer.status === 502) {
        assert.equal(answer.status, 502, `${answer.status} ${answer.reason} ${answer.body.toString()}`);
        assert.match(fieldValues(answer.fields, 'x-pullway-outcome')[0] ?? '', /^target_(protocol|unreachable)$/);
        assert.match(answer.reason, /^agent client: /);
        assert.equal((await scraper.scrape('http://raw/metrics')).body.toString(), 'sound');
      } else {
        assert.equal(answer.isComplete, false);
        assert.equal(scraper.end, 'reset');
      }
      assert.equal(scraper.unread.length, 0);
    });
  }
  await pair.isIdle();
});

test('bytes after an answer are not taken for the next one', async (t) => {
  const exporter = await startRawExporter(t, (socket, head) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst${head.includes('?more') ? SECOND : ''}`);
  });
  const pair = await runCleanPair(t, { targets: [`raw=http://127.0.0.1:${exporter.port}/metrics`] });
  const scraper = await connectScraper(t, pair.proxy.port);
  for (let at = 0; at < 5; at += 1) {
    for (const query of ['?more', '']) {
      const answer = await scraper.scrape(`http://raw/metrics${query}`);
      assert.doesNotMatch(answer.body.toString(), /smuggled/);
      // The answer itself was whole. What follows it costs the connection to the exporter, and never a later scrape its answer.
      assert.equal(answer.body.toString(), 'first');
      assert.equal(answer.isComplete, true);
    }
  }
  assert.equal(scraper.unread.length, 0);
  await pair.isIdle();
});

test('an interim answer is passed over', async (t) => {
  const exporter = await startRawExporter(t, (socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate');
  });
  const pair = await runCleanPair(t, { targets: [`raw=http://127.0.0.1:${exporter.port}/metrics`] });
  const scraper = await connectScraper(t, pair.proxy.port);
  const answer = await scraper.scrape('http://raw/metrics');
  assert.equal(answer.status, 200);
  assert.equal(answer.body.toString(), 'late');
});

test('a body for HEAD, 204 or 304 does not become part of the next answer', async (t) => {
  const exporter = await startRawExporter(t, (socket, head) => {
    const status = /\?status=(\d+)/.exec(head)?.[1] ?? '200';
    socket.write(`HTTP/1.1 ${status} Odd\r\nContent-Length: ${SECOND.length}\r\n\r\n${SECOND}`);
  });
  const pair = await runCleanPair(t, { targets: [`raw=http://127.0.0.1:${exporter.port}/metrics`] });
  for (const { method, status } of [
    { method: 'HEAD', status: 200 },
    { method: 'GET', status: 204 },
    { method: 'GET', status: 304 },
  ]) {
    const scraper = await connectScraper(t, pair.proxy.port);
    scraper.send(`${method} http://raw/metrics?status=${status} HTTP/1.1\r\nHost: raw\r\n\r\n`);
    const answer = await scraper.answer(method);
    assert.ok(
      answer.status === status || answer.status === 502,
      `${method} ${status}: ${answer.status} ${answer.reason}`,
    );
    const next = await scraper.scrape('http://raw/metrics?status=404');
    assert.equal(next.status, 404);
    assert.equal(next.body.toString(), SECOND);
    assert.equal(scraper.unread.length, 0);
  }
  await pair.isIdle();
});
