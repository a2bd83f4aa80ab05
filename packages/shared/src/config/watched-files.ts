// Finds out that files have changed, by looking every few seconds. Kubernetes replaces mounted files by swapping a symbolic link, which
// notification by the kernel misses; what a link leads to is what counts here.

import { stat } from 'node:fs/promises';
import type { Clock, Timer } from '../runtime/clock.ts';

/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 5_000;

export class WatchedFiles {
  readonly #clock: Clock;
  readonly #changed: () => void;
  #fingerprints = new Map<string, string>();
  #timer: Timer | undefined;
  /** Counts watch() and stop(): whoever waited for the disk meanwhile has been overtaken. */
  #turn = 0;

  /** `changed` is called once for all files that changed between two looks, those that came or went included. */
  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /**
   * Watches `files` from their present state on, in place of those before. Where a change between reading and watching would matter,
   * watch first.
   */
  async watch(files: readonly string[]): Promise<void> {
    const turn = (this.#turn += 1);
    const fingerprints = await fingerprintAll(files);
    if (turn !== this.#turn) return;
    this.#fingerprints = fingerprints;
    this.#timer ??= this.#clock.every(LOOK_EVERY_MS, () => void this.look());
  }

  /** Idempotent; `changed` is not called any more. */
  stop(): void {
    this.#turn += 1;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Looks now. */
  async look(): Promise<void> {
    const turn = this.#turn;
    const before = this.#fingerprints;
    const now = await fingerprintAll([...before.keys()]);
    // The other look may have been slower than this one: one change is told once.
    if (turn !== this.#turn || before !== this.#fingerprints) return;
    this.#fingerprints = now;
    if ([...now].some(([file, fingerprint]) => before.get(file) !== fingerprint)) this.#changed();
  }
}

async function fingerprintAll(files: readonly string[]): Promise<Map<string, string>> {
  return new Map(
    await Promise.all(files.map(async (file): Promise<[string, string]> => [file, await fingerprint(file)])),
  );
}

async function fingerprint(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'absent';
  }
}
