// One kept-alive connection that sends one prepared request at a time.

import { connect, type Socket } from 'node:net';
import { AnswerReader, type Answer } from './answer-reader.ts';

export class ScraperConnection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #reader = new AnswerReader();
  #answered: ((answer: Answer) => void) | undefined;

  /** A connection that fails ends this program: no number would mean anything then. */
  constructor(port: number, request: Buffer) {
    this.#request = request;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('error', fail);
    this.#socket.once('close', () => fail(new Error('the connection was closed')));
    this.#socket.on('data', (bytes: Buffer) => this.#received(bytes));
  }

  /** Sends the request; `answered` is told when the whole answer has come. */
  scrape(answered: (answer: Answer) => void): void {
    this.#answered = answered;
    this.#socket.write(this.#request);
  }

  #received(bytes: Buffer): void {
    const answer = this.#reader.read(bytes);
    if (answer !== undefined) this.#answered?.(answer);
  }
}

function fail(error: Error): never {
  throw error;
}
