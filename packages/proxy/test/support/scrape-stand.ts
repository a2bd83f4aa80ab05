// Single scrapes over agents on simulated links, for scrapers on connections in memory. Deadlines pass when a test says so.

import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import { endToEndHeaders } from '@pullway/shared/http/end-to-end-headers';
import type { AnswerExchange, AnswerObserver } from '@pullway/shared/protocol/answer-exchange';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import type { Serving } from '../../src/fleet/routes.ts';
import { MAX_HEADER_BYTES } from '../../src/limits.ts';
import { Scrape, type ScrapeEnd } from '../../src/scrape/scrape.ts';
import { FleetStand } from './fleet-stand.ts';
import { MemoryConnection, nextTurn } from './memory-connection.ts';

export const DEADLINE_MS = 9_500;

/** How many times bytes may have to go to and fro until nothing moves: a window's worth, in parts of 64 KiB, with their credit. */
const ROUNDS = 8;

export class ScrapeStand extends FleetStand {
  readonly scrapes: Scrape[] = [];
  readonly ends: ScrapeEnd[] = [];
  readonly #server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    const startedAt = this.clock.now();
    const scrape = new Scrape(
      {
        method: request.method === 'HEAD' ? 'HEAD' : 'GET',
        address: 'client:9100',
        path: request.url ?? '',
        headers: endToEndHeaders(request.rawHeaders),
        deadlineAt: startedAt + DEADLINE_MS,
        deadlineMs: DEADLINE_MS,
      },
      response,
      this.candidates,
      { now: () => this.clock.now(), ended: (end) => void this.ends.push(end) },
    );
    this.scrapes.push(scrape);
    scrape.start();
  });

  constructor(t: TestContext) {
    super();
    t.mock.timers.enable({ apis: ['setTimeout'] });
  }

  get candidates(): readonly Serving[] {
    const routing = this.routes.route('client:9100', '/metrics');
    return routing.kind === 'served' ? routing.serving : [];
  }

  /** A scraper that asks for `target` on a connection of its own; the agent has the request when this settles. */
  async ask({ method = 'GET', target = '/metrics', fields = '' } = {}): Promise<MemoryConnection> {
    const connection = new MemoryConnection();
    this.#server.emit('connection', connection);
    await connection.say(`${method} ${target} HTTP/1.1\r\nHost: client:9100\r\n${fields}\r\n`);
    await this.quiet();
    return connection;
  }

  /** Settles when nothing is on its way any more. */
  async quiet(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      this.settle();
      await nextTurn();
    }
  }

  /** Outcome and reason of each scrape that is over. */
  get outcomes(): readonly string[] {
    return this.ends.map(({ outcome, reason }) => `${outcome}: ${reason}`);
  }
}

/** An agent's request to an exporter, as far as it is told about its exchange. */
export class RecordingAnswer implements AnswerObserver {
  readonly exchange: AnswerExchange;
  readonly failures: ExchangeFailure[] = [];
  wakes = 0;

  constructor(exchange: AnswerExchange | undefined) {
    if (exchange === undefined) throw new Error('nobody has asked');
    this.exchange = exchange;
    exchange.observer = this;
  }

  respond(...headers: readonly string[]): this {
    this.exchange.respond({ status: 200, reason: 'OK', headers });
    return this;
  }

  write(text: string): this {
    this.exchange.write(Buffer.from(text, 'latin1'));
    return this;
  }

  writable(): void {
    this.wakes += 1;
  }

  failed(failure: ExchangeFailure): void {
    this.failures.push(failure);
  }
}
