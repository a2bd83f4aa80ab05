// Reads a file with targets in a process of its own, which ends then: YAML of any size, since its parser takes 5 ms for ten targets and stays
// in memory for ever, and JSON of some size. One at a time, however many files have changed: each process weighs some 15 MB of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorMessage } from '@pullway/shared/runtime/logger';
import type { NodeProgram } from '../mechanism.ts';

/** Memory for objects in megabytes. YAML takes up to a hundred and fifty times its size while it is read. */
const MAX_HEAP_MB = 256;

/** Ending in `.ts` where Node runs the sources themselves. */
const PROGRAM = fileURLToPath(new URL(`groups-program${extname(import.meta.url)}`, import.meta.url));

let lastRead: Promise<unknown> = Promise.resolve();

/**
 * The groups of `file`, packed, in pieces.
 * @throws Error with the code `NOT_STARTED` when there can be no process now, or when `signal` fires; without one when it needs too much memory
 */
export function readInProcess(file: string, node: NodeProgram, signal: AbortSignal): Promise<readonly string[]> {
  const read = lastRead.then(() => run(file, node, signal));
  lastRead = read.catch(() => {});
  return read;
}

async function run(file: string, { path, flags }: NodeProgram, signal: AbortSignal): Promise<readonly string[]> {
  // A second debugger would stop it for ever.
  const kept = flags.filter((flag) => !flag.startsWith('--inspect'));
  const child = spawn(path, [...kept, `--max-old-space-size=${MAX_HEAP_MB}`, PROGRAM, file], {
    // What it says of a fault of its own goes where the agent's goes, and its answer apart from that.
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: {},
    signal,
    killSignal: 'SIGKILL',
  });
  const closed = once(child, 'close');
  const pieces: string[] = [];
  // Without descriptors for its pipes (EMFILE) it has no `stdio` at all, and the error is told in the next turn.
  const answer = child.pid === undefined ? undefined : child.stdio[3];
  if (answer !== undefined && answer !== null && 'setEncoding' in answer)
    answer.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
  const [code, killedBy]: readonly unknown[] = await closed.catch((cause: unknown) => {
    throw notStarted(file, cause);
  });
  if (code === 0) return pieces;
  // V8 ends a process whose memory is full like this.
  if (killedBy === 'SIGABRT' || code === 134)
    throw new Error(`${file} takes more than ${MAX_HEAP_MB} MB to read; spread it over several files, or write JSON`);
  throw new Error(`the process that reads ${file} ended with ${String(killedBy ?? code)}`);
}

/** With a code of its own: that there is no Node would look as if there were no such file. */
function notStarted(file: string, cause: unknown): Error {
  const error = new Error(`the process that reads ${file} was not started: ${errorMessage(cause)}`, { cause });
  return Object.assign(error, { code: 'NOT_STARTED' });
}
