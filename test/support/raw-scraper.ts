// A scraper on a bare socket: sends any bytes, reads answers strictly one after the other, and tells an orderly close from a reset.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { readHttpAnswer, type HttpAnswer } from './http-answer.ts';

const ANSWER_TIMEOUT_MS = 60_000;

/** How the other end left: `open` while it has not. */
export type ConnectionEnd = 'open' | 'closed' | 'reset';

export class RawScraper {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #end: ConnectionEnd = 'open';
  #changed = Promise.withResolvers<void>();

  /** Takes over a socket that is connected. */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#wake();
    });
    socket.once('end', () => this.#ended('closed'));
    socket.once('error', () => this.#ended('reset'));
    socket.once('close', () => this.#ended('closed'));
  }

  get end(): ConnectionEnd {
    return this.#end;
  }

  /** Bytes that belong to no answer that was read. */
  get unread(): Buffer {
    return this.#bytes;
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Asks for `url` as Prometheus does through its proxy_url, and reads the answer. */
  async scrape(url: string, fields: readonly string[] = []): Promise<HttpAnswer> {
    this.send(scrapeRequest(url, fields));
    return this.answer('GET');
  }

  /** The next answer: whole, or what there is of it when the connection ends. Throws when it ends before a head, or after 60 s. */
  async answer(method = 'GET'): Promise<HttpAnswer> {
    return this.#wait('an answer', () => {
      const answer = readHttpAnswer(this.#bytes, method);
      if (answer?.isComplete !== true && this.#end === 'open') return undefined;
      if (answer === undefined) throw new Error(`the connection ended (${this.#end}) without an answer`);
      this.#bytes = this.#bytes.subarray(answer.bytes);
      return answer;
    });
  }

  /** Waits until `count` bytes that belong to no answer have come. */
  async received(count: number): Promise<void> {
    await this.#wait(`${count} bytes`, () => (this.#bytes.length >= count ? true : this.#failWhenOver()));
  }

  /** Waits until the other end has left. */
  async ended(timeoutMs = ANSWER_TIMEOUT_MS): Promise<ConnectionEnd> {
    return this.#wait('the end', () => (this.#end === 'open' ? undefined : this.#end), timeoutMs);
  }

  async #wait<T>(what: string, probe: () => T | undefined, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMs);
    deadline.addEventListener('abort', () => this.#wake(), { once: true });
    for (;;) {
      const value = probe();
      if (value !== undefined) return value;
      if (deadline.aborted)
        throw new Error(`waited ${timeoutMs} ms in vain for ${what}, with ${this.#bytes.length} bytes`);
      await this.#changed.promise;
    }
  }

  #failWhenOver(): undefined {
    if (this.#end !== 'open') throw new Error(`the connection ended (${this.#end}) after ${this.#bytes.length} bytes`);
  }

  #ended(end: 'closed' | 'reset'): void {
    if (this.#end === 'open') this.#end = end;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** A GET in absolute form with a timeout of 10 s; `fields` are whole lines. */
export function scrapeRequest(url: string, fields: readonly string[] = []): string {
  const host = /^http:\/\/([^/?]*)/i.exec(url)?.[1] ?? '';
  const lines = [`GET ${url} HTTP/1.1`, `Host: ${host}`, 'X-Prometheus-Scrape-Timeout-Seconds: 10', ...fields];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Connects to `port` of 127.0.0.1; cut when the test is over. */
export async function connectScraper(test: Pick<TestContext, 'after'>, port: number): Promise<RawScraper> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  test.after(() => socket.destroy());
  await once(socket, 'connect');
  return new RawScraper(socket);
}
