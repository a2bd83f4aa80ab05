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

  /** `changed` is called once for all files that changed between two looks, those that came or went included. */
  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Watches `files` from their present state on, in place of those before. */
  async watch(files: readonly string[]): Promise<void> {
    this.#fingerprints = await fingerprintAll(files);
    this.#timer ??= this.#clock.every(LOOK_EVERY_MS, () => void this.look());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Looks now. */
  async look(): Promise<void> {
    const before = this.#fingerprints;
    const now = await fingerprintAll([...before.keys()]);
    // watch() may have been called meanwhile.
    if (this.#fingerprints !== before) return;
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
