// An exporter of large bodies and a client that fetches them, in a process beside that of the test (large-bodies-program.ts).

import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export class LargeBodies {
  /** Of the exporter. */
  readonly port: number;
  readonly #program: ChildProcess;

  constructor(port: number, program: ChildProcess) {
    this.port = port;
    this.#program = program;
  }

  /** Fetches `path` (or a URL) from 127.0.0.1:`port` over and over, until stop(). */
  fetch(port: number, path: string): void {
    this.#program.send({ port, path });
  }

  /** Settles after the last body. @returns how many came whole since fetch(). */
  async stop(): Promise<number> {
    this.#program.send('stop');
    return nextNumber(this.#program);
  }
}

/** Serves bodies of `bodyBytes` on a free port of 127.0.0.1 until the test is over. */
export async function startLargeBodies(test: TestContext, bodyBytes: number): Promise<LargeBodies> {
  const program = fork(join(import.meta.dirname, 'large-bodies-program.ts'), [String(bodyBytes)], { execArgv: [] });
  test.after(() => program.kill('SIGKILL'));
  return new LargeBodies(await nextNumber(program), program);
}

function nextNumber(program: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    program.once('message', (value) => resolve(Number(value)));
    program.once('exit', () => reject(new Error('the program of the large bodies ended')));
  });
}
