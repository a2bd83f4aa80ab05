import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { JoinedTunnels, REQUEST } from '../../../shared/test/support/joined-tunnels.ts';
import { StreamEnd } from '../../../shared/test/support/stream-end.ts';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { ScrapeAnswerer } from '../../src/scrape/scrape-answerer.ts';
import type { Admission } from '../../src/targets/target-set.ts';
import type { Credentials, ExporterTls } from '../../src/targets/target.ts';
import { TestScrape } from '../support/exporter-stand.ts';
import { startByteExporter, startExporter } from '../support/raw-exporter.ts';
import { exporter, target } from '../support/targets.ts';

const TIMEOUT = { timeout: 10_000 };
const UP = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup';

/** An agent whose policy says the same to everything, and the proxy that asks it. */
class AnswererStand {
  readonly asked: string[] = [];
  readonly events: string[] = [];
  readonly answerer: ScrapeAnswerer;
  readonly #tunnels: JoinedTunnels;
  readonly #signal: AbortSignal;

  constructor(t: TestContext, admission: Admission) {
    this.#signal = t.signal;
    const admit = (...asked: readonly string[]): Admission => {
      this.asked.push(asked.join(' '));
      return admission;
    };
    this.answerer = new ScrapeAnswerer({
      targets: { admit, admitStream: (address) => admit('stream', address) },
      metrics: {
        started: () => void this.events.push('started'),
        finished: (outcome, _durationMs, bodyBytes) => void this.events.push(`${outcome} ${bodyBytes} bytes`),
      },
      now: () => performance.now(),
      maxBodyBytes: 1_000_000,
      maxConcurrent: 10,
    });
    this.#tunnels = JoinedTunnels.established({
      scrapeRequested: (exchange, head) => this.answerer.scrapeRequested(exchange, head),
      streamRequested: (exchange, head) => this.answerer.streamRequested(exchange, head),
    });
    t.after(() => this.answerer.close());
  }

  async scrape(path = '/metrics'): Promise<TestScrape> {
    const scrape = new TestScrape();
    scrape.exchange = this.#tunnels.proxy.session.openScrape({ ...REQUEST, path }, scrape);
    await this.until(() => scrape.isOver);
    return scrape;
  }

  stream(bytes = 0): StreamEnd {
    const end = new StreamEnd(bytes);
    return end.begin(this.#tunnels.proxy.session.openStream({ deadlineMs: 5_000, address: 'client:9100' }, end));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#signal.throwIfAborted();
      this.#tunnels.clock.advance(1);
      await new Promise((resolve) => void setImmediate(resolve));
    }
  }
}

const REFUSED: readonly (readonly [admission: Admission, scrape: string, stream: string])[] = [
  [
    { kind: 'unknown_target', isAnnounced: false },
    'the agent no longer has client:9100',
    'the agent no longer has client:9100',
  ],
  [
    { kind: 'unknown_target', isAnnounced: true },
    'the pod of client:9100 has ended or lost its IP address',
    'the pod of client:9100 has ended or lost its IP address',
  ],
  [
    { kind: 'not_exposed', paths: ['/a', '/b', '/c', '/d', '/e', '/f'] },
    'client:9100 exposes /a, /b, /c, /d, /e, not /debug',
    'client:9100 exposes /a, /b, /c, /d, /e, not CONNECT',
  ],
  [
    { kind: 'not_exposed', paths: [] },
    'client:9100 exposes byte streams only, not /debug',
    'client:9100 exposes byte streams only, not CONNECT',
  ],
];

for (const [admission, scrapeMessage, streamMessage] of REFUSED) {
  test(`refuses what its policy does not have, whatever the proxy says: ${scrapeMessage}`, TIMEOUT, async (t) => {
    const stand = new AnswererStand(t, admission);
    const scrape = await stand.scrape('/debug?a=1');
    assert.deepEqual(scrape.failure, { code: admission.kind, message: scrapeMessage });
    const stream = stand.stream();
    await stand.until(() => stream.failures.length > 0);
    assert.deepEqual(stream.failures, [{ code: admission.kind, message: streamMessage }]);
    assert.deepEqual(stand.asked, ['client:9100 /debug', 'stream client:9100']);
    const refused = ['started', `${admission.kind} 0 bytes`];
    assert.deepEqual(stand.events, [...refused, ...refused]);
  });
}

for (const [when, password] of [
  ['at once', (): string => 'secret'],
  ['later', (): Promise<string> => Promise.resolve('secret')],
] as const) {
  test(`adds the credentials of the job, which are there ${when}`, TIMEOUT, async (t) => {
    const listening = await startExporter(t, (socket) => socket.write(UP));
    const credentials: Credentials = { kind: 'basic', username: 'u', password };
    const served = target({ exporter: exporter({ port: listening.port, credentials }) });
    const stand = new AnswererStand(t, { kind: 'admitted', target: served });
    assert.equal((await stand.scrape()).text, 'up');
    assert.match(listening.heads[0] ?? '', /\r\nAuthorization: Basic dTpzZWNyZXQ=/);
    await stand.until(() => stand.events.length === 2);
    assert.deepEqual(stand.events, ['started', 'answered 2 bytes']);
  });
}

test('asks the exporter nothing when credentials or certificates cannot be read', TIMEOUT, async (t) => {
  const listening = await startExporter(t, (socket) => socket.write(UP));
  const { port } = listening;
  const unreadable = (): Promise<string> => Promise.reject(new Error('the secret file cannot be read'));
  const bearer: Credentials = { kind: 'authorization', type: 'Bearer', credentials: unreadable };
  const caFile = join(await temporaryFolder(t), 'absent.pem');
  const tls: ExporterTls = { insecureSkipVerify: false, caFile };
  for (const broken of [exporter({ port, credentials: bearer }), exporter({ port, scheme: 'https', tls })]) {
    const stand = new AnswererStand(t, { kind: 'admitted', target: target({ exporter: broken }) });
    const { failure } = await stand.scrape();
    assert.equal(failure?.code, 'target_unreachable');
    assert.match(failure?.message ?? '', /cannot be read$/);
    assert.deepEqual(stand.events, ['started', 'target_unreachable 0 bytes']);
  }
  assert.equal(listening.accepted(), 0);
});

test('opens a byte stream to the exporter, and counts it', TIMEOUT, async (t) => {
  const listening = await startByteExporter(t);
  const served = target({ passthrough: true, exporter: exporter({ port: listening.port }) });
  const stand = new AnswererStand(t, { kind: 'admitted', target: served });
  const stream = stand.stream(1_000);
  await stand.until(() => listening.hasEnded());
  assert.equal(listening.bytes(), 1_000);
  for (const socket of listening.connections) socket.end();
  await stand.until(() => stream.lasts > 0 && stand.events.length === 2);
  assert.deepEqual(stand.events, ['started', 'answered 0 bytes']);
});

test('closes the connections of exporters that are no longer wanted', TIMEOUT, async (t) => {
  const listening = await startExporter(t, (socket) => socket.write(UP));
  const served = target({ exporter: exporter({ port: listening.port }) });
  const stand = new AnswererStand(t, { kind: 'admitted', target: served });
  await stand.scrape();
  stand.answerer.retainExporters(new Set([served.exporter]));
  await stand.scrape();
  assert.equal(listening.connections.size, 1);
  stand.answerer.retainExporters(new Set());
  await stand.until(() => listening.connections.size === 0);
});
