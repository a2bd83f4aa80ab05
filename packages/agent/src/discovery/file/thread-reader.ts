// Reads a file with targets in a thread of its own, which ends then: YAML of any size, since its parser takes 5 ms for ten targets and stays
// in memory for ever, and JSON of some size. One at a time, however many files have changed: each thread weighs some 15 MB while it runs.

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConfigError, type Fault } from '@pullway/shared/config/faults';

export interface ThreadTask {
  readonly file: string;
  readonly isJson: boolean;
}

export type ThreadAnswer = { readonly packed: string } | { readonly faults: readonly Fault[] };

/** Memory of the thread in megabytes. YAML takes up to a hundred and fifty times its size while it is read. */
const MAX_HEAP_MB = 256;

/** Ending in `.ts` where Node runs the sources themselves. */
const PROGRAM = new URL(`groups-thread${extname(import.meta.url)}`, import.meta.url);

let lastRead: Promise<unknown> = Promise.resolve();

/**
 * The groups of the file, packed.
 * @throws ConfigError with its faults, Error when it cannot be read at all, or when `signal` fires.
 */
export function readInThread(task: ThreadTask, signal: AbortSignal): Promise<string> {
  const read = lastRead.then(() => run(task, signal));
  lastRead = read.catch(() => {});
  return read;
}

async function run(task: ThreadTask, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const worker = new Worker(PROGRAM, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const answer = await answerOf(worker, task.file);
    if ('faults' in answer) throw new ConfigError(answer.faults);
    return answer.packed;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function answerOf(worker: Worker, file: string): Promise<ThreadAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ThreadAnswer>();
  let answer: ThreadAnswer | undefined;
  worker.once('message', (message: ThreadAnswer) => (answer = message));
  worker.once('error', (error) => reject(isOutOfMemory(error) ? tooLarge(file, error) : error));
  // Not before it is gone: the next one would stand beside it.
  worker.once('exit', () => {
    if (answer === undefined) reject(new Error(`${file} was not read to its end`));
    else resolve(answer);
  });
  return promise;
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function tooLarge(file: string, cause: unknown): Error {
  return new Error(`${file} takes more than ${MAX_HEAP_MB} MB to read; spread it over several files, or write JSON`, {
    cause,
  });
}
