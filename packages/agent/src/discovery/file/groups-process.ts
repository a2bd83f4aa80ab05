// Reads files with targets in a process of its own, which ends soon after: YAML of any size, since its parser takes 5 ms for ten targets and
// stays in memory for ever, and JSON of some size. One file at a time, however many have changed; those that follow at once are read by the
// same process, since to start one takes longer than to read most files.
//
//   file ─► start, unless one lingers ─► its name ─► pieces … an empty line ─► linger ─► end
//                                                    └ killed: memory, time, stop ─► error

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorMessage } from '@pullway/shared/runtime/logger';
import type { NodeProgram } from '../mechanism.ts';

/** Memory for objects in megabytes, at most. YAML takes up to a hundred and fifty times its size while it is read. */
const MAX_HEAP_MB = 256;
const MIN_HEAP_MB = 32;

/** What such a process takes besides, in megabytes; and of what it takes in all, the part that is objects. */
const BASE_MB = 60;
const HEAP_PART = 2 / 3;

/** Longest that one file may take, in milliseconds: 64 MiB of JSON take 25 s on a busy machine. */
const MAX_READ_MS = 120_000;

/** How long a process waits for another file, in milliseconds. */
const LINGER_MS = 500;

/** Ending in `.ts` where Node runs the sources themselves. */
const PROGRAM = fileURLToPath(new URL(`groups-program${extname(import.meta.url)}`, import.meta.url));

let lastRead: Promise<unknown> = Promise.resolve();
let lingering: Reader | undefined;

/**
 * The groups of `file`, packed, in pieces.
 * @throws Error with the code `NOT_STARTED` when there can be no process now, or when `signal` fires; without one when it needs too much memory or time
 */
export function readInProcess(file: string, node: NodeProgram, signal: AbortSignal): Promise<readonly string[]> {
  const read = lastRead.then(() => run(file, node, signal));
  lastRead = read.catch(() => {});
  return read;
}

async function run(file: string, node: NodeProgram, signal: AbortSignal): Promise<readonly string[]> {
  signal.throwIfAborted();
  const reader = lingering?.isUsable === true && lingering.node === node ? lingering : new Reader(node);
  lingering = reader;
  return reader.read(file, signal);
}

/** A process that reads files, until none has come for a while. */
class Reader {
  readonly node: NodeProgram;
  readonly #child: ChildProcess;
  readonly #heapMb: number;
  readonly #closed: Promise<readonly unknown[]>;
  readonly #pieces: AsyncIterator<unknown> | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isUsable = true;
  #isLate = false;

  constructor(node: NodeProgram) {
    const { path, flags, availableBytes } = node;
    this.node = node;
    // A second debugger would stop it for ever.
    const kept = flags.filter((flag) => !flag.startsWith('--inspect'));
    this.#heapMb = heapMegabytes(availableBytes());
    this.#child = spawn(path, [...kept, `--max-old-space-size=${this.#heapMb}`, PROGRAM], {
      // What it says of a fault of its own goes where the agent's goes, and its answers apart from that.
      stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
      env: {},
    });
    this.#closed = once(this.#child, 'close');
    // Who waits for an answer looks at it.
    this.#closed.catch(() => {});
    this.#child.once('close', () => this.#end());
    // Without descriptors for its pipes (EMFILE) it has no `stdio` at all, and the error is told in the next turn.
    const answers = this.#child.pid === undefined ? undefined : this.#child.stdio[3];
    if (answers === undefined || answers === null || !('setEncoding' in answers)) return;
    this.#pieces = answers.setEncoding('utf8')[Symbol.asyncIterator]();
    // That the process is gone is told by its end.
    this.#child.stdin?.on('error', () => {});
  }

  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** One file at a time. */
  async read(file: string, signal: AbortSignal): Promise<readonly string[]> {
    clearTimeout(this.#linger);
    const kill = (): void => void this.#child.kill('SIGKILL');
    const timer = setTimeout(() => {
      this.#isLate = true;
      kill();
    }, MAX_READ_MS);
    signal.addEventListener('abort', kill, { once: true });
    try {
      return await this.#answer(file);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      this.#linger = setTimeout(() => this.#end(), LINGER_MS);
    }
  }

  /** An empty line ends an answer. */
  async #answer(file: string): Promise<readonly string[]> {
    this.#child.stdin?.write(`${JSON.stringify(file)}\n`);
    const pieces: string[] = [];
    for (let end = '\n'; end !== '\n\n'; end = (end + (pieces.at(-1) ?? '')).slice(-2)) {
      // oxlint-disable-next-line no-await-in-loop -- one piece comes after the other
      const next = await this.#pieces?.next().catch(() => undefined);
      if (next === undefined || next.done === true) throw await this.#fault(file);
      pieces.push(String(next.value));
    }
    return [...pieces.slice(0, -1), pieces.at(-1)?.slice(0, -1) ?? ''];
  }

  /** Why there is no answer. */
  async #fault(file: string): Promise<Error> {
    this.#isUsable = false;
    const ended = await this.#closed.catch((cause: unknown) => notStarted(file, cause));
    if (ended instanceof Error) return ended;
    const [code, killedBy] = ended;
    if (this.#isLate) return new Error(`${file} takes more than ${MAX_READ_MS / 1000} s to read`);
    // V8 ends a process whose memory is full like this.
    if (killedBy === 'SIGABRT' || code === 134)
      return new Error(
        `${file} takes more than ${this.#heapMb} MB to read; spread it over several files, write JSON, or give the agent more memory`,
      );
    return new Error(`the process that reads ${file} ended with ${String(killedBy ?? code)}`);
  }

  #end(): void {
    clearTimeout(this.#linger);
    this.#isUsable = false;
    this.#child.stdin?.end();
  }
}

/** A container has less than the machine: there the kernel would end the agent too. */
function heapMegabytes(availableBytes: number): number {
  const megabytes = Math.floor((availableBytes / 1e6 - BASE_MB) * HEAP_PART);
  return Math.min(MAX_HEAP_MB, Math.max(MIN_HEAP_MB, megabytes));
}

/** With a code of its own: that there is no Node would look as if there were no such file. */
function notStarted(file: string, cause: unknown): Error {
  const error = new Error(`the process that reads ${file} was not started: ${errorMessage(cause)}`, { cause });
  return Object.assign(error, { code: 'NOT_STARTED' });
}
