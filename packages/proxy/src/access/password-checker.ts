// Compares passwords with bcrypt hashes, in a thread of its own: one comparison takes some 60 ms, during which no scrape would go on.
// One at a time, so that a flood of wrong passwords costs one core at most. The thread starts with the first question.

import { Worker } from 'node:worker_threads';
import { MAX_PASSWORD_CHECKS_WAITING } from '../limits.ts';

/** `unknown`: it was not compared, because too many comparisons wait or the thread broke down. */
export type PasswordVerdict = 'right' | 'wrong' | 'unknown';

export interface PasswordCheck {
  /** Whether `password` is the one of `bcryptHash`; never rejects. */
  compare(password: string, bcryptHash: string): Promise<PasswordVerdict>;
}

interface Question {
  readonly password: string;
  readonly bcryptHash: string;
  readonly answer: (verdict: PasswordVerdict) => void;
}

export class PasswordChecker implements PasswordCheck {
  readonly #waiting: Question[] = [];
  #worker: Worker | undefined;
  #asked: Question | undefined;

  compare(password: string, bcryptHash: string): Promise<PasswordVerdict> {
    if (this.#waiting.length >= MAX_PASSWORD_CHECKS_WAITING) return Promise.resolve('unknown');
    return new Promise((answer) => {
      this.#waiting.push({ password, bcryptHash, answer });
      this.#askNext();
    });
  }

  /** Ends the thread; questions that wait are answered with `unknown`. Idempotent. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#fail();
    await worker?.terminate();
  }

  #askNext(): void {
    if (this.#asked !== undefined) return;
    this.#asked = this.#waiting.shift();
    if (this.#asked === undefined) return;
    const { password, bcryptHash } = this.#asked;
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage({ password, bcryptHash }, []);
  }

  #startWorker(): Worker {
    // The extension of this very file: the sources run as they are in development, compiled in an image.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./password-thread.${extension}`, import.meta.url));
    worker.unref();
    worker.on('message', (isRight: unknown) => {
      // An answer that was under way when its thread was ended must not become that of the next question.
      if (this.#worker === worker) this.#answer(isRight === true ? 'right' : 'wrong');
    });
    worker.on('error', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#fail();
    });
    return worker;
  }

  #answer(verdict: PasswordVerdict): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.answer(verdict);
    this.#askNext();
  }

  /** Without its thread nobody is let in. */
  #fail(): void {
    const waiting = [this.#asked, ...this.#waiting.splice(0)];
    this.#asked = undefined;
    for (const question of waiting) question?.answer('unknown');
  }
}
