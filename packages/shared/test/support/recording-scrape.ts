// The scraper's side of a scrape for tests: checks that it is told things in order, compares the bytes, and reads at will.

import assert from 'node:assert/strict';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import type { ResponseHead } from '@pullway/shared/protocol/frames';
import type { ScrapeExchange, ScrapeObserver } from '@pullway/shared/protocol/scrape-exchange';
import { assertPattern } from './pattern.ts';

export class RecordingScrape implements ScrapeObserver {
  readonly #isEager: boolean;
  #exchange: ScrapeExchange | undefined;
  head: ResponseHead | undefined;
  readonly failures: ExchangeFailure[] = [];
  bytes = 0;
  unread = 0;
  mostUnread = 0;
  isComplete = false;
  isCancelled = false;
  /** Called when the answer is complete or has failed. */
  over: (() => void) | undefined;

  /** Eager: everything counts as read at once. Otherwise read() says when. */
  constructor({ isEager = true }: { readonly isEager?: boolean } = {}) {
    this.#isEager = isEager;
  }

  begin(exchange: ScrapeExchange): this {
    this.#exchange = exchange;
    return this;
  }

  get isOver(): boolean {
    return this.isComplete || this.isCancelled || this.failures.length > 0;
  }

  responded(head: ResponseHead, body: Uint8Array, isLast: boolean): void {
    assert.equal(this.head, undefined, 'responded() twice');
    this.head = head;
    this.#take(body, isLast);
  }

  received(bytes: Uint8Array, isLast: boolean): void {
    assert.notEqual(this.head, undefined, 'received() before responded()');
    this.#take(bytes, isLast);
  }

  failed(failure: ExchangeFailure): void {
    assert.ok(!this.isOver, 'told something after the end');
    this.failures.push(failure);
    this.over?.();
  }

  /** Reads up to `bytes` of what has come. */
  read(bytes = Infinity): void {
    const taken = Math.min(bytes, this.unread);
    this.unread -= taken;
    this.#exchange?.consumed(taken);
  }

  cancel(): void {
    this.isCancelled = true;
    this.#exchange?.cancel('scraper_gone');
  }

  #take(bytes: Uint8Array, isLast: boolean): void {
    assert.ok(!this.isOver, 'told something after the end');
    assertPattern(this.bytes, bytes);
    this.bytes += bytes.length;
    this.unread += bytes.length;
    this.mostUnread = Math.max(this.mostUnread, this.unread);
    this.isComplete = isLast;
    if (this.#isEager) this.read();
    if (isLast) this.over?.();
  }
}
