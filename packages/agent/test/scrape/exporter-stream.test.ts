import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { JoinedTunnels } from '../../../shared/test/support/joined-tunnels.ts';
import { StreamEnd } from '../../../shared/test/support/stream-end.ts';
import { pattern } from '../../../shared/test/support/pattern.ts';
import { ExporterStream } from '../../src/scrape/exporter-stream.ts';
import { closedPort, startByteExporter } from '../support/raw-exporter.ts';
import { exporter, target } from '../support/targets.ts';

const PART_BYTES = 64 * 1024;
const TIMEOUT = { timeout: 10_000 };

class StreamStand {
  readonly tunnels = JoinedTunnels.established();
  readonly #signal: AbortSignal;
  /** What the agent counted: the outcome and the bytes from the exporter. */
  readonly ended: (readonly [outcome: string, bytes: number])[] = [];
  readonly scraper: StreamEnd;

  /** A scraper that sends `bytes` of the pattern, and an agent that connects to `port`. */
  constructor(t: TestContext, port: number, { bytes = 0, hasItsPod = (): boolean => true } = {}) {
    this.#signal = t.signal;
    this.scraper = new StreamEnd(bytes);
    const head = { deadlineMs: 10_000, address: 'client:9100' };
    const opened = this.tunnels.proxy.session.openStream(head, this.scraper);
    this.scraper.begin(opened);
    this.tunnels.clock.advance(5);
    const asked = this.tunnels.connects.at(-1);
    if (asked === undefined) throw new Error('the request has not come');
    const passthrough = target({ passthrough: true, exporter: exporter({ port }), hasItsPod });
    const ended = (outcome: string, bytes: number): void => void this.ended.push([outcome, bytes]);
    void new ExporterStream({ exchange: asked.exchange, head: asked.head, target: passthrough, ended });
    t.after(() => opened.cancel('scraper_gone'));
  }

  /** Runs tunnel and sockets until `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#signal.throwIfAborted();
      this.tunnels.clock.advance(1);
      await new Promise((resolve) => void setImmediate(resolve));
    }
  }
}

test('carries bytes both ways, and the end of each direction by itself', TIMEOUT, async (t) => {
  const exporter = await startByteExporter(t);
  const stand = new StreamStand(t, exporter.port, { bytes: 200_000 });
  await stand.until(() => exporter.hasEnded());
  assert.equal(exporter.bytes(), 200_000);
  assert.deepEqual(stand.ended, [], 'the exporter may still answer');
  for (const socket of exporter.connections) socket.end(pattern(0, 300_000));
  await stand.until(() => stand.ended.length > 0);
  await stand.until(() => stand.scraper.lasts > 0);
  assert.equal(stand.scraper.bytes, 300_000);
  assert.deepEqual(stand.ended, [['answered', 300_000]]);
  assert.deepEqual(stand.scraper.failures, []);
});

test('tells why the exporter is not reached', TIMEOUT, async (t) => {
  const port = await closedPort();
  const stand = new StreamStand(t, port);
  await stand.until(() => stand.scraper.failures.length > 0);
  const message = `connect ECONNREFUSED 127.0.0.1:${port}`;
  assert.deepEqual(stand.scraper.failures, [{ code: 'target_unreachable', message }]);
  assert.deepEqual(stand.ended, [['target_unreachable', 0]]);
});

test('is not connected when the pod has lost its address since the stream was admitted', TIMEOUT, async (t) => {
  const exporter = await startByteExporter(t);
  const stand = new StreamStand(t, exporter.port, { hasItsPod: () => false });
  await stand.until(() => stand.scraper.failures.length > 0);
  assert.equal(stand.scraper.isConnected, false);
  assert.equal(stand.scraper.failures[0]?.code, 'unknown_target');
  assert.deepEqual(stand.ended, [['unknown_target', 0]]);
  await stand.until(() => exporter.hasEnded());
});

test('a connection that the exporter resets fails the stream', TIMEOUT, async (t) => {
  const exporter = await startByteExporter(t);
  const stand = new StreamStand(t, exporter.port);
  await stand.until(() => stand.scraper.isConnected && exporter.connections.size > 0);
  for (const socket of exporter.connections) socket.resetAndDestroy();
  await stand.until(() => stand.scraper.failures.length > 0);
  assert.equal(stand.scraper.failures[0]?.code, 'target_unreachable');
  assert.deepEqual(stand.ended, [['target_unreachable', 0]]);
});

test('closes the connection of a stream that is cut', TIMEOUT, async (t) => {
  const exporter = await startByteExporter(t);
  const stand = new StreamStand(t, exporter.port);
  await stand.until(() => stand.scraper.isConnected && exporter.connections.size > 0);
  assert.ok(stand.scraper.cancel());
  await stand.until(() => stand.ended.length > 0);
  // The scraper had sent all it had to, so that the exporter meets the close when it writes.
  await stand.until(() => {
    for (const socket of exporter.connections) socket.write('nobody reads this');
    return exporter.connections.size === 0;
  });
  assert.deepEqual(stand.ended, [['cancelled', 0]]);
});

test('a scraper that does not read stops the exporter, and gets everything once it does', TIMEOUT, async (t) => {
  const total = 24 * 1024 * 1024;
  const exporter = await startByteExporter(t);
  const stand = new StreamStand(t, exporter.port);
  stand.scraper.isReading = false;
  await stand.until(() => stand.scraper.isConnected && exporter.connections.size > 0);
  const [socket] = exporter.connections;
  for (let at = 0; at < total; at += PART_BYTES) socket?.write(pattern(at, PART_BYTES));
  socket?.end();
  await stand.until(() => stand.scraper.bytes >= 256 * 1024);
  // Long enough for all of it to pass, were nobody to stop it.
  let turns = 0;
  await stand.until(() => (turns += 1) > 1_000);
  assert.ok(socket !== undefined && socket.writableLength > 0, 'the exporter waits');
  stand.scraper.isReading = true;
  stand.scraper.exchange?.consumed(stand.scraper.bytes);
  await stand.until(() => stand.scraper.lasts > 0);
  assert.equal(stand.scraper.bytes, total);
});
