import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExporterStand } from '../support/exporter-stand.ts';
import { closedPort, startExporter } from '../support/raw-exporter.ts';

const TIMEOUT = { timeout: 10_000 };
const UP = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nup 1\n';

test('asks the exporter what the scraper asked, and passes the answer as it is', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket) =>
    socket.write('HTTP/1.1 418 Short and Stout\r\nX-B: 1\r\nX-A: 2\r\nContent-Length: 5\r\n\r\nup 1\n'),
  );
  const stand = new ExporterStand(t);
  const head = { path: '/probe?module=a%20b', headers: ['Accept', 'text/plain', 'Host', 'client:9100'] };
  const scrape = stand.ask({ exporter, head, authorization: 'Bearer secret' });
  await stand.over(scrape);
  const headers = ['X-B', '1', 'X-A', '2', 'Content-Length', '5'];
  assert.deepEqual(scrape.head, { status: 418, reason: 'Short and Stout', headers });
  assert.equal(scrape.text, 'up 1\n');
  assert.deepEqual(scrape.ended, [['answered', 5]]);
  const [line, ...fields] = exporter.heads[0]?.split('\r\n') ?? [];
  assert.equal(line, 'GET /probe?module=a%20b HTTP/1.1');
  assert.ok(fields.some((field) => field.toLowerCase() === `host: 127.0.0.1:${exporter.port}`));
  assert.ok(fields.includes('Accept: text/plain') && fields.includes('Authorization: Bearer secret'));
  assert.ok(fields.some((field) => /^X-Prometheus-Scrape-Timeout-Seconds: 9(\.\d+)?$/.test(field)));
});

test('HEAD, and a 304, may announce any length', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket, head) =>
    socket.write(`HTTP/1.1 ${head.startsWith('HEAD') ? 200 : 304} Fine\r\nContent-Length: 900\r\n\r\n`),
  );
  const stand = new ExporterStand(t);
  for (const method of ['HEAD', 'GET'] as const) {
    const scrape = stand.ask({ exporter, head: { method }, maxBodyBytes: 100 });
    await stand.over(scrape);
    assert.deepEqual(scrape.ended, [['answered', 0]]);
  }
});

for (const how of ['ends', 'is reset'] as const) {
  test(`asks again on a fresh connection when a kept-alive one ${how} as the request goes out`, TIMEOUT, async (t) => {
    const exporter = await startExporter(t, (socket) => {
      if (exporter.heads.length !== 2) return socket.write(UP);
      return how === 'ends' ? socket.end() : socket.resetAndDestroy();
    });
    const stand = new ExporterStand(t);
    for (const times of [1, 2]) {
      const scrape = stand.ask({ exporter });
      await stand.over(scrape);
      assert.deepEqual([scrape.text, exporter.accepted()], ['up 1\n', times]);
    }
    assert.equal(exporter.heads.length, 3);
  });
}

test('asks twice and no more', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket) => socket.end());
  const stand = new ExporterStand(t);
  const scrape = stand.ask({ exporter });
  await stand.over(scrape);
  assert.equal(exporter.heads.length, 2);
  assert.equal(scrape.failure?.code, 'target_unreachable');
  assert.match(scrape.failure?.message ?? '', /closed the connection before the answer was complete$/);
  assert.deepEqual(scrape.ended, [['target_unreachable', 0]]);
});

const BROKEN_BODIES = [
  ['ends in the middle of a chunk', 'Transfer-Encoding: chunked\r\n\r\n5\r\nup'],
  ['ends before its length', 'Content-Length: 5\r\n\r\nup'],
] as const;

for (const [what, answer] of BROKEN_BODIES) {
  test(`a body that ${what} fails, and is asked for once only`, TIMEOUT, async (t) => {
    const exporter = await startExporter(t, (socket) => socket.end(`HTTP/1.1 200 OK\r\n${answer}`));
    const stand = new ExporterStand(t);
    const scrape = stand.ask({ exporter });
    await stand.over(scrape);
    assert.equal(scrape.isComplete, false);
    assert.match(scrape.failure?.code ?? '', /^target_(unreachable|protocol)$/);
    assert.equal(exporter.heads.length, 1);
  });
}

// undici takes a reset for the end of a body without a length: a part of a scrape looked whole.
test('a body without a length that is reset fails', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nup 1'));
  const stand = new ExporterStand(t);
  const scrape = stand.ask({ exporter });
  await stand.until(() => scrape.text === 'up 1');
  for (const socket of exporter.connections) socket.resetAndDestroy();
  await stand.over(scrape);
  assert.equal(scrape.failure?.code, 'target_unreachable');
});

const FAILURES = [
  ['nonsense', 'SSH-2.0-OpenSSH\r\n\r\n', 'target_protocol', / sent a malformed HTTP response$/],
  [
    'more fields than a frame holds',
    `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`,
    'target_protocol',
    / sent more than 64 KiB of header fields$/,
  ],
] as const;

for (const [what, answer, code, message] of FAILURES) {
  test(`an exporter that sends ${what} is ${code}`, TIMEOUT, async (t) => {
    const exporter = await startExporter(t, (socket) => socket.write(answer));
    const stand = new ExporterStand(t);
    const scrape = stand.ask({ exporter });
    await stand.over(scrape);
    assert.equal(scrape.failure?.code, code);
    assert.match(scrape.failure?.message ?? '', message);
  });
}

test('an exporter that does not listen is unreachable', TIMEOUT, async (t) => {
  const stand = new ExporterStand(t);
  const port = await closedPort();
  const scrape = stand.ask({ exporter: { port } });
  await stand.over(scrape);
  const message = `connect ECONNREFUSED 127.0.0.1:${port}`;
  assert.deepEqual(scrape.failure, { code: 'target_unreachable', message });
});

test('a request that cannot be sent tells why', TIMEOUT, async (t) => {
  const stand = new ExporterStand(t);
  const { scrape, request } = stand.prepare({ exporter: { port: 9100 } });
  request.reject(new Error('the secret file cannot be read'));
  await stand.over(scrape);
  assert.match(scrape.failure?.message ?? '', /^127\.0\.0\.1:9100: the secret file cannot be read$/);
});

for (const [when, answer] of [
  ['before the answer', ''],
  ['in the middle of a body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nup'],
] as const) {
  test(`gives up at the deadline ${when}, and closes the connection`, TIMEOUT, async (t) => {
    const exporter = await startExporter(t, (socket) => socket.write(answer));
    const stand = new ExporterStand(t);
    const scrape = stand.ask({ exporter, head: { deadlineMs: 50 } });
    await stand.over(scrape);
    const message = 'client:9100 did not answer within 0.05s';
    assert.deepEqual(scrape.failure, { code: 'target_timeout', message });
    await stand.until(() => exporter.connections.size === 0);
    assert.equal(scrape.ended.length, 1);
  });

  test(`closes the connection of a scrape that is cancelled ${when}`, TIMEOUT, async (t) => {
    const exporter = await startExporter(t, (socket) => socket.write(answer));
    const stand = new ExporterStand(t);
    const scrape = stand.ask({ exporter });
    await stand.until(() => exporter.heads.length > 0 && (answer === '' || scrape.text !== ''));
    scrape.exchange?.cancel('scraper_gone');
    await stand.until(() => exporter.connections.size === 0);
    assert.deepEqual(scrape.ended, [['cancelled', scrape.text.length]]);
    assert.equal(exporter.heads.length, 1);
  });
}

test('passes no answer on when the pod has lost its address since the scrape was admitted', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket) => socket.write(UP));
  const stand = new ExporterStand(t);
  const scrape = stand.ask({ exporter, hasItsPod: () => exporter.heads.length === 0 });
  await stand.over(scrape);
  assert.equal(scrape.head, undefined);
  const message = 'the pod of client:9100 has ended or lost its IP address';
  assert.deepEqual(scrape.failure, { code: 'unknown_target', message });
  await stand.until(() => exporter.connections.size === 0);
  assert.deepEqual(scrape.ended, [['unknown_target', 0]]);
});

test('sends nothing for a scrape that ended while credentials were read', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket) => socket.write(UP));
  const stand = new ExporterStand(t);
  const { scrape, request } = stand.prepare({ exporter });
  scrape.exchange?.cancel('scraper_gone');
  await stand.until(() => scrape.ended.length > 0);
  request.start(stand.pools.poolOf(stand.exporterOf(exporter)), undefined);
  await stand.over(stand.ask({ exporter }));
  assert.equal(exporter.heads.length, 1);
});

test('sends nothing for a scrape that ended while the connection was opened', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket) => socket.write(UP));
  const stand = new ExporterStand(t);
  const scrape = stand.ask({ exporter });
  scrape.exchange?.cancel('scraper_gone');
  await stand.until(() => scrape.ended.length > 0);
  await stand.over(stand.ask({ exporter }));
  assert.equal(exporter.heads.length, 1);
});

test('refuses a body that is announced too large before anything of it goes out', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n'),
  );
  const stand = new ExporterStand(t);
  const scrape = stand.ask({ exporter, maxBodyBytes: 1_572_864 });
  await stand.over(scrape);
  assert.equal(scrape.head, undefined);
  const message = 'body of client:9100 is larger than 1.5 MiB';
  assert.deepEqual(scrape.failure, { code: 'body_too_large', message });
  await stand.until(() => exporter.connections.size === 0);
});

test('cuts a body that turns out too large, and passes one that just fits', TIMEOUT, async (t) => {
  const exporter = await startExporter(t, (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nup 1\n\r\n0\r\n\r\n'),
  );
  const stand = new ExporterStand(t);
  const tooLarge = stand.ask({ exporter, maxBodyBytes: 4 });
  await stand.over(tooLarge);
  assert.equal(tooLarge.failure?.code, 'body_too_large');
  await stand.until(() => exporter.connections.size === 0);
  const fits = stand.ask({ exporter, maxBodyBytes: 5 });
  await stand.over(fits);
  assert.deepEqual(fits.ended, [['answered', 5]]);
});

test('a scraper that does not read stops the exporter, and gets everything once it does', TIMEOUT, async (t) => {
  const body = Buffer.alloc(24 * 1024 * 1024, 'x');
  const exporter = await startExporter(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
  const stand = new ExporterStand(t);
  const { scrape, request } = stand.prepare({ exporter, maxBodyBytes: body.length });
  scrape.isReading = false;
  request.start(stand.pools.poolOf(stand.exporterOf(exporter)), undefined);
  await stand.until(() => scrape.text.length >= 256 * 1024);
  // Long enough for all of it to pass, were nobody to stop it.
  let turns = 0;
  await stand.until(() => (turns += 1) > 1_000);
  const [socket] = exporter.connections;
  assert.ok(socket !== undefined && socket.writableLength > 0, 'the exporter waits');
  scrape.isReading = true;
  scrape.exchange?.consumed(scrape.text.length);
  await stand.over(scrape);
  assert.equal(scrape.text.length, body.length);
});
