// One started program: its output, its end, and how to stop it. It knows nothing of what the program is.

import { spawn, type ChildProcess } from 'node:child_process';

/** Output kept for a failure's message, in characters; the newest counts. */
const MAX_OUTPUT_CHARACTERS = 256 * 1024;

/** Time that a program has to end after SIGTERM before it is killed, in milliseconds. */
const STOP_TIMEOUT_MS = 10_000;

/** How a program ended: one of the two is null, as node:child_process has it. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ChildProgram {
  readonly name: string;
  /** Settles when the program has ended and all of its output has been read; never rejects. */
  readonly ended: Promise<ProgramEnd>;
  readonly #process: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #output = '';
  #end: ProgramEnd | undefined;

  /** Takes over a process whose stdout and stderr are pipes. */
  constructor(name: string, started: ChildProcess) {
    this.name = name;
    this.#process = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#append(text));
    }
    this.ended = new Promise((resolve) => {
      started.once('error', (error) => {
        this.#append(`${error.message}\n`);
        resolve(this.#over({ code: 127, signal: null }));
      });
      started.once('close', (code, signal) => resolve(this.#over({ code, signal })));
    });
  }

  /** The process id; throws when the program could not be started. */
  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.#process.pid;
  }

  /** What it wrote to stdout and stderr so far, the newest 256 Ki characters. */
  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  /** The first match of `pattern` in the output; throws when the program ends or `timeoutMs` pass without one. */
  async outputMatching(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#end !== undefined || deadline.aborted) {
        throw new Error(`${this.name} wrote nothing like ${pattern.source}; it wrote:\n${this.#output}`);
      }
      await this.#change(deadline);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends the program with SIGTERM, and with SIGKILL when that takes longer than 10 s. Idempotent. */
  async stop(): Promise<ProgramEnd> {
    if (this.#end !== undefined) return this.#end;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  #append(text: string): void {
    this.#output = (this.#output + text).slice(-MAX_OUTPUT_CHARACTERS);
    this.#tellWatchers();
  }

  #over(end: ProgramEnd): ProgramEnd {
    this.#end = end;
    this.#tellWatchers();
    return end;
  }

  #tellWatchers(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Settles at the next output, at the end of the program or when `deadline` is over. */
  #change(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#watchers.delete(done);
        deadline.removeEventListener('abort', done);
        resolve();
      };
      this.#watchers.add(done);
      deadline.addEventListener('abort', done, { once: true });
    });
  }
}

/** Starts `command` without a terminal and with its output kept. `env` is added to this process' environment. */
export function startProgram(
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProgram {
  const started = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  return new ChildProgram(name, started);
}
