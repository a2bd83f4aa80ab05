// Answers other than 200, and header fields, as bare sockets send and receive them: they pass unchanged and in order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpAnswer } from './support/http-answer.ts';
import { runCleanPair } from './support/clean-pair.ts';
import { startRawExporter } from './support/raw-exporter.ts';
import { connectScraper } from './support/raw-scraper.ts';

interface Case {
  readonly name: string;
  readonly statusLine: string;
  /** As the exporter sends them, and as they must arrive. */
  readonly fields: readonly string[];
  readonly body: string;
}

const CASES: readonly Case[] = [
  { name: '204', statusLine: '204 No Content', fields: ['X-Reason: nothing to say'], body: '' },
  { name: '304', statusLine: '304 Not Modified', fields: ['ETag: "v1"', 'Cache-Control: no-cache'], body: '' },
  { name: '404', statusLine: '404 Nope, not here', fields: ['Content-Length: 5', 'X-B: 2', 'X-A: 1'], body: 'gone\n' },
  {
    name: '301',
    statusLine: '301 Moved',
    fields: ['Location: http://127.0.0.1:1/secret', 'Content-Length: 0'],
    body: '',
  },
  { name: '503', statusLine: '503 Later', fields: ['Retry-After: 7', 'Content-Length: 6'], body: 'later\n' },
  { name: '200 without a reason phrase', statusLine: '200 ', fields: ['Content-Length: 2'], body: 'ok' },
  { name: '599', statusLine: '599 Of Our Own', fields: ['Content-Length: 2'], body: 'no' },
  {
    name: 'fields in any case and order, with repetitions and latin1',
    statusLine: '200 OK',
    fields: [
      'x-lower: a',
      'X-UPPER: B',
      'Set-Cookie: one',
      'x-lower: c',
      'Set-Cookie: two',
      'X-Latin: caf\xe9',
      'X-Empty:',
      'Content-Length: 3',
    ],
    body: 'abc',
  },
];

test('status, reason, header fields and body of an exporter pass unchanged, on one connection', async (t) => {
  const exporter = await startRawExporter(t, (socket, head) => {
    const found = CASES[Number(/\?case=(\d+)/.exec(head)?.[1])];
    if (found === undefined) return;
    socket.write(
      Buffer.from(`HTTP/1.1 ${found.statusLine}\r\n${found.fields.join('\r\n')}\r\n\r\n${found.body}`, 'latin1'),
    );
  });
  const pair = await runCleanPair(t, { targets: [`raw=http://127.0.0.1:${exporter.port}/metrics`] });
  const scraper = await connectScraper(t, pair.proxy.port);
  for (const [at, expected] of CASES.entries()) {
    const answer = await scraper.scrape(`http://raw/metrics?case=${at}`);
    assertPassed(answer, expected);
  }
  assert.equal(scraper.end, 'open');
  assert.equal(scraper.unread.length, 0);
  assert.equal(exporter.requests.length, CASES.length, 'a redirect is not followed');
  await pair.isIdle();
});

test('hop-by-hop fields end at the agent, in both directions', async (t) => {
  const hopByHop = [
    'Connection: keep-alive, X-Private',
    'X-Private: 1',
    'Keep-Alive: timeout=5',
    'Upgrade: h2c',
    'Trailer: X-T',
  ];
  const exporter = await startRawExporter(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${hopByHop.join('\r\n')}\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\nok`);
  });
  const pair = await runCleanPair(t, { targets: [`raw=http://127.0.0.1:${exporter.port}/metrics`] });
  const scraper = await connectScraper(t, pair.proxy.port);
  const sent = [
    'Connection: X-Mine',
    'X-Mine: 1',
    'TE: trailers',
    'Proxy-Authorization: Basic Zm9vOmJhcg==',
    'X-Theirs: 2',
  ];
  const answer = await scraper.scrape('http://raw/metrics', sent);
  const names = answer.fields.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  for (const name of ['x-private', 'upgrade', 'trailer']) assert.ok(!names.includes(name), name);
  assert.ok(names.includes('x-kept'));
  const [request = ''] = exporter.requests;
  for (const name of ['X-Mine', 'TE', 'Proxy-Authorization', 'X-Pullway']) {
    assert.doesNotMatch(request, new RegExp(`^${name}`, 'im'));
  }
  assert.match(request, /^X-Theirs: 2$/m);
});

/** What was sent comes first and in order; the proxy adds the fields of its own hop after it. */
function assertPassed(answer: HttpAnswer, expected: Case): void {
  const lines: string[] = [];
  for (let at = 0; at < answer.fields.length; at += 2)
    lines.push(`${answer.fields[at]}: ${answer.fields[at + 1]}`.trimEnd());
  assert.equal(`${answer.status} ${answer.reason}`, expected.statusLine);
  assert.deepEqual(lines.slice(0, expected.fields.length), expected.fields, expected.name);
  const added = lines.slice(expected.fields.length).map((line) => line.split(':', 1)[0]?.toLowerCase());
  for (const name of added) assert.ok(['connection', 'keep-alive', 'transfer-encoding'].includes(name ?? ''), name);
  assert.equal(answer.body.toString('latin1'), expected.body, expected.name);
  assert.equal(answer.isComplete, true, expected.name);
}
