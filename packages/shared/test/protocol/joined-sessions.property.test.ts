// What goes in at one end comes out at the other, over any link and any schedule of writes, reads, cancels and failures; and
// when all is over nothing is left at either end. Seeded: a failure can be repeated.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MAX_WINDOW_BYTES } from '@pullway/shared/protocol/limits';
import { JoinedTunnels, REQUEST } from '../support/joined-tunnels.ts';
import { PatternBody } from '../support/pattern-body.ts';
import { RecordingScrape } from '../support/recording-scrape.ts';
import { StreamEnd } from '../support/stream-end.ts';

const SEED = 20_261_124;

type Step =
  | { readonly do: 'scrape'; readonly bodyBytes: number; readonly chunkBytes: number; readonly isEager: boolean }
  | { readonly do: 'stream'; readonly upBytes: number; readonly downBytes: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'read'; readonly which: number; readonly bytes: number }
  | { readonly do: 'cancel' | 'fail' | 'cut-stream'; readonly which: number };

const bytes = fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 1_500_000 }));
const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('scrape' as const),
    bodyBytes: bytes,
    chunkBytes: fc.integer({ min: 100, max: 200_000 }),
    isEager: fc.boolean(),
  }),
  fc.record({ do: fc.constant('stream' as const), upBytes: bytes, downBytes: bytes }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 300 }) }),
  fc.record({ do: fc.constant('read' as const), which, bytes }),
  fc.record({ do: fc.constantFrom('cancel' as const, 'fail' as const, 'cut-stream' as const), which }),
);

const link = fc.record({
  delayMs: fc.constantFrom(0, 1, 50),
  bytesPerMs: fc.constantFrom(100, 5_000, 1_000_000),
  highWaterBytes: fc.constantFrom(1, 70_000, 262_144),
});

interface Scrape {
  readonly bodyBytes: number;
  readonly chunkBytes: number;
  readonly scrape: RecordingScrape;
  body: PatternBody | undefined;
  isFailed: boolean;
}

interface Stream {
  readonly opener: StreamEnd;
  readonly answerer: StreamEnd;
  isCut: boolean;
}

class Schedule {
  readonly joined: JoinedTunnels;
  readonly scrapes: Scrape[] = [];
  readonly streams: Stream[] = [];
  readonly #scrapesById = new Map<number, Scrape>();
  readonly #streamsById = new Map<number, Stream>();

  constructor(options: { delayMs: number; bytesPerMs: number; highWaterBytes: number }) {
    this.joined = JoinedTunnels.established({
      ...options,
      scrapeRequested: (exchange) => {
        const scrape = this.#scrapesById.get(exchange.id);
        assert.ok(scrape);
        scrape.body = new PatternBody(exchange, scrape.bodyBytes, scrape.chunkBytes).start();
      },
      streamRequested: (exchange) => {
        const stream = this.#streamsById.get(exchange.id);
        assert.ok(stream);
        exchange.observer = stream.answerer.begin(exchange);
        exchange.accept();
        stream.answerer.writable();
      },
    });
  }

  run(step: Step): void {
    switch (step.do) {
      case 'scrape':
        return this.#openScrape(step);
      case 'stream':
        return this.#openStream(step.upBytes, step.downBytes);
      case 'wait':
        return this.joined.clock.advance(step.ms);
      case 'read':
        return this.#pick(this.scrapes, step.which)?.scrape.read(step.bytes);
      case 'cancel': {
        const { scrape } = this.#pick(this.scrapes, step.which) ?? {};
        if (scrape?.isOver === false) scrape.cancel();
        return;
      }
      case 'fail':
        return this.#fail(this.#pick(this.scrapes, step.which));
      case 'cut-stream': {
        const stream = this.#pick(this.streams, step.which);
        if (stream?.opener.cancel() === true) stream.isCut = true;
      }
    }
  }

  /** Lets everything come to its end. */
  finish(): void {
    for (let i = 0; i < 5000 && !this.#isOver(); i += 1) {
      this.joined.clock.advance(100);
      for (const { scrape } of this.scrapes) scrape.read();
    }
    // Time for what a cancel overtook to leave the link, and not a whole second: then keepalive might be sending.
    this.joined.clock.advance(9_999.5);
  }

  #isOver(): boolean {
    return this.joined.proxy.session.openExchanges + this.joined.agent.session.openExchanges === 0;
  }

  #openScrape({ bodyBytes, chunkBytes, isEager }: Step & { readonly do: 'scrape' }): void {
    const scrape = new RecordingScrape({ isEager });
    const exchange = this.joined.proxy.session.openScrape(REQUEST, scrape);
    scrape.begin(exchange);
    const entry = { bodyBytes, chunkBytes, scrape, body: undefined, isFailed: false };
    this.scrapes.push(entry);
    this.#scrapesById.set(exchange.id, entry);
  }

  #openStream(upBytes: number, downBytes: number): void {
    const stream = { opener: new StreamEnd(upBytes), answerer: new StreamEnd(downBytes), isCut: false };
    this.streams.push(stream);
    const head = { deadlineMs: 1000, address: 'client:9100' };
    const exchange = this.joined.proxy.session.openStream(head, stream.opener);
    this.#streamsById.set(exchange.id, stream);
    stream.opener.begin(exchange);
  }

  #fail(scrape: Scrape | undefined): void {
    if (scrape?.body?.fail() === true) scrape.isFailed = true;
  }

  #pick<Value>(values: readonly Value[], index: number): Value | undefined {
    return values[index % Math.max(values.length, 1)];
  }
}

test('bytes in are bytes out over random schedules, and nothing is left', () => {
  fc.assert(
    fc.property(link, fc.array(step, { minLength: 3, maxLength: 40 }), (options, steps) => {
      const schedule = new Schedule(options);
      for (const step of steps) schedule.run(step);
      schedule.finish();
      const { joined, scrapes, streams } = schedule;
      assert.deepEqual([joined.proxyEnds, joined.agentEnds], [[], []]);
      for (const { scrape, bodyBytes, isFailed } of scrapes) {
        assert.ok(scrape.mostUnread <= MAX_WINDOW_BYTES);
        if (isFailed && !scrape.isCancelled) assert.equal(scrape.failures.length, 1);
        if (!isFailed && !scrape.isCancelled) assert.deepEqual([scrape.isComplete, scrape.bytes], [true, bodyBytes]);
      }
      for (const { opener, answerer } of streams.filter(({ isCut }) => !isCut)) {
        assert.deepEqual([opener.bytes, opener.lasts, opener.failures], [answerer.totalBytes, 1, []]);
        assert.deepEqual([answerer.bytes, answerer.lasts, answerer.failures], [opener.totalBytes, 1, []]);
      }
      joined.assertNothingLeft();
    }),
    { seed: SEED, numRuns: 1500 },
  );
});

test('a link that breaks at any moment completes nothing that was not sent whole, and nothing is left', () => {
  fc.assert(
    fc.property(link, fc.array(step, { minLength: 3, maxLength: 20 }), fc.nat(500), (options, steps, ms) => {
      const schedule = new Schedule(options);
      for (const step of steps) schedule.run(step);
      schedule.joined.clock.advance(ms);
      schedule.joined.link.break();
      const { joined, scrapes } = schedule;
      for (const { scrape, bodyBytes } of scrapes) {
        assert.ok(scrape.isOver);
        if (scrape.isComplete) assert.equal(scrape.bytes, bodyBytes);
        if (!scrape.isComplete && !scrape.isCancelled) assert.equal(scrape.failures.length, 1);
      }
      assert.deepEqual([joined.proxyEnds.length, joined.agentEnds.length], [1, 1]);
      for (const { session } of [joined.proxy, joined.agent]) {
        assert.equal(session.openExchanges, 0);
        assert.equal(session.growthLeftBytes, 32 * 1024 * 1024);
      }
    }),
    { seed: SEED, numRuns: 1000 },
  );
});
