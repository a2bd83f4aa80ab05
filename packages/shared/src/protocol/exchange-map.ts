// The exchanges of one tunnel by number: gives numbers, tells "over already" from "never opened", and finds orphans.

import type { Exchange } from './exchange.ts';
import { ProtocolError } from './protocol-error.ts';

const MAX_ID = 2 ** 32 - 1;

export class ExchangeMap {
  readonly #exchanges = new Map<number, Exchange>();
  #newest = 0;
  #hasWrapped = false;

  get size(): number {
    return this.#exchanges.size;
  }

  /** Number of the newest exchange that was opened, 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  get ids(): readonly number[] {
    return [...this.#exchanges.keys()];
  }

  /** The next free number; 49 days at 1,000 scrapes/s bring it round to 1. */
  nextId(): number {
    let id = this.#newest;
    do id = id === MAX_ID ? 1 : id + 1;
    while (this.#exchanges.has(id));
    return id;
  }

  add(exchange: Exchange): void {
    if (exchange.id < this.#newest) this.#hasWrapped = true;
    this.#newest = exchange.id;
    this.#exchanges.set(exchange.id, exchange);
  }

  /** @throws ProtocolError when the peer opens an exchange under a number that is in use or goes back. */
  addFromPeer(exchange: Exchange): void {
    if (!isNewer(exchange.id, this.#newest) || this.#exchanges.has(exchange.id))
      throw new ProtocolError(`exchange ${exchange.id} was opened before`);
    this.add(exchange);
  }

  /**
   * The exchange of that number, or undefined when it is over already.
   * @throws ProtocolError when it was never opened.
   */
  find(id: number): Exchange | undefined {
    const exchange = this.#exchanges.get(id);
    if (exchange === undefined && id > this.#newest && !this.#hasWrapped) {
      throw new ProtocolError(`exchange ${id} was never opened`);
    }
    return exchange;
  }

  delete(exchange: Exchange): void {
    this.#exchanges.delete(exchange.id);
  }

  /** Exchanges that the peer does not list. */
  unlisted(open: readonly number[]): readonly Exchange[] {
    const listed = new Set(open);
    return this.all().filter(({ id }) => !listed.has(id));
  }

  /** Exchanges that the peer does not list and must know, since it has seen `newestSeen`: a newer one is still on its way to it. */
  unlistedUpTo(newestSeen: number, open: readonly number[]): readonly Exchange[] {
    return this.unlisted(open).filter(({ id }) => !isNewer(id, newestSeen));
  }

  all(): readonly Exchange[] {
    return [...this.#exchanges.values()];
  }
}

/** Whether `id` was given after `reference`, round the wrap. */
function isNewer(id: number, reference: number): boolean {
  return id > reference ? id - reference <= MAX_ID / 2 : reference - id > MAX_ID / 2;
}
