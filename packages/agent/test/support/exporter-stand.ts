// Scrapes of real sockets over a simulated tunnel: the test is the scraper, an ExporterRequest of the test's making the agent.

import type { TestContext } from 'node:test';
import type { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import type { RequestHead, ResponseHead } from '@pullway/shared/protocol/frames';
import type { ScrapeExchange, ScrapeObserver } from '@pullway/shared/protocol/scrape-exchange';
import { JoinedTunnels, REQUEST } from '../../../shared/test/support/joined-tunnels.ts';
import { ExporterPools } from '../../src/scrape/exporter-pools.ts';
import { ExporterRequest } from '../../src/scrape/exporter-request.ts';
import type { Exporter } from '../../src/targets/target.ts';
import { exporter as exporterWith, target } from './targets.ts';

/** The scraper's side of one scrape. */
export class TestScrape implements ScrapeObserver {
  exchange: ScrapeExchange | undefined;
  head: ResponseHead | undefined;
  text = '';
  isComplete = false;
  isReading = true;
  failure: ExchangeFailure | undefined;
  /** What the agent counted: the outcome and the bytes of the body. */
  readonly ended: (readonly [outcome: string, bodyBytes: number])[] = [];

  get isOver(): boolean {
    return this.isComplete || this.failure !== undefined;
  }

  responded(head: ResponseHead, body: Uint8Array, isLast: boolean): void {
    this.head = head;
    this.received(body, isLast);
  }

  received(bytes: Uint8Array, isLast: boolean): void {
    this.text += Buffer.from(bytes).toString('latin1');
    this.isComplete = isLast;
    if (this.isReading) this.exchange?.consumed(bytes.length);
  }

  failed(failure: ExchangeFailure): void {
    this.failure = failure;
  }
}

export interface AskOptions {
  readonly exporter: { readonly port: number };
  readonly head?: Partial<RequestHead>;
  readonly maxBodyBytes?: number;
  readonly authorization?: string;
  readonly hasItsPod?: () => boolean;
}

export class ExporterStand {
  readonly tunnels = JoinedTunnels.established();
  readonly pools = new ExporterPools(10, () => this.tunnels.clock.now());
  readonly #signal: AbortSignal;
  readonly #exporters = new Map<number, Exporter>();

  constructor(t: TestContext) {
    this.#signal = t.signal;
    t.after(() => this.pools.destroy());
  }

  /** Begins a scrape; it goes on while the test waits in until(). */
  ask(options: AskOptions): TestScrape {
    const { scrape, request } = this.prepare(options);
    request.start(this.pools.poolOf(this.exporterOf(options.exporter)), options.authorization);
    return scrape;
  }

  /** The same without sending the request. */
  prepare(options: AskOptions): { readonly scrape: TestScrape; readonly request: ExporterRequest } {
    const head = { ...REQUEST, ...options.head };
    const scrape = new TestScrape();
    const { exchange, observer } = this.openExchange(head, scrape);
    scrape.exchange = observer;
    const request = new ExporterRequest({
      exchange,
      head,
      target: target({
        exporter: this.exporterOf(options.exporter),
        ...(options.hasItsPod === undefined ? {} : { hasItsPod: options.hasItsPod }),
      }),
      now: () => performance.now(),
      maxBodyBytes: options.maxBodyBytes ?? 1_000_000,
      ended: (outcome, bodyBytes) => void scrape.ended.push([outcome, bodyBytes]),
    });
    return { scrape, request };
  }

  /** Runs tunnel and sockets until `condition` holds; a test that waits in vain runs into its timeout. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#signal.throwIfAborted();
      this.tunnels.clock.advance(1);
      await new Promise((resolve) => void setImmediate(resolve));
    }
  }

  async over(scrape: TestScrape): Promise<void> {
    await this.until(() => scrape.isOver && scrape.ended.length > 0);
  }

  openExchange(
    head: RequestHead,
    scrape: ScrapeObserver,
  ): { readonly exchange: AnswerExchange; readonly observer: ScrapeExchange } {
    const observer = this.tunnels.proxy.session.openScrape(head, scrape);
    this.tunnels.clock.advance(5);
    const asked = this.tunnels.requests.at(-1);
    if (asked === undefined) throw new Error('the request has not come');
    return { exchange: asked.exchange, observer };
  }

  /** The same object each time, so that scrapes of one exporter share their connections. */
  exporterOf({ port }: { readonly port: number }): Exporter {
    const known = this.#exporters.get(port) ?? exporterWith({ port });
    this.#exporters.set(port, known);
    return known;
  }
}
