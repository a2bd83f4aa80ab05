// An exporter of large bodies and a client that fetches them, in a thread beside the test (body-worker.ts).

import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';

export class LargeBodies {
  /** Of the exporter. */
  readonly port: number;
  readonly #worker: Worker;

  constructor(port: number, worker: Worker) {
    this.port = port;
    this.#worker = worker;
  }

  /** Fetches `path` (or a URL) from 127.0.0.1:`port` over and over, until stop(). */
  fetch(port: number, path: string): void {
    this.#worker.postMessage({ port, path });
  }

  /** Settles after the last body. @returns how many came whole since fetch(). */
  async stop(): Promise<number> {
    this.#worker.postMessage(undefined);
    return nextNumber(this.#worker);
  }
}

/** Serves bodies of `bodyBytes` on a free port of 127.0.0.1 until the test is over. */
export async function startLargeBodies(test: TestContext, bodyBytes: number): Promise<LargeBodies> {
  const worker = new Worker(join(import.meta.dirname, 'body-worker.ts'), { workerData: { bodyBytes } });
  test.after(() => worker.terminate());
  return new LargeBodies(await nextNumber(worker), worker);
}

function nextNumber(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}
