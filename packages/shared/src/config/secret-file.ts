// A secret in a file, read again when the file has changed: service account tokens are replaced every hour.

import { readFileSync, statSync } from 'node:fs';

/** Time between two looks at the file, in milliseconds: it is asked for at each scrape. */
const LOOK_EVERY_MS = 1_000;
const MAX_SECRET_BYTES = 64 * 1024;

export class SecretFile {
  readonly path: string;
  readonly #now: () => number;
  #lookedAt = -Infinity;
  #fingerprint = '';
  #secret: string | undefined;
  #fault: unknown;

  constructor(path: string, now: () => number) {
    this.path = path;
    this.#now = now;
  }

  /**
   * The content without white space around it, as all Prometheus programs take it. While the file is absent, empty or unreadable (it is being replaced) the last
   * content stays in force: a secret that is withdrawn is refused by who checks it.
   * @throws Error when it could never be read, with the cause; the next look may succeed.
   */
  read(): string {
    const now = this.#now();
    if (now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now;
      this.#refresh();
    }
    if (this.#secret === undefined) {
      throw new Error(`the secret file ${this.path} cannot be read`, { cause: this.#fault });
    }
    return this.#secret;
  }

  #refresh(): void {
    try {
      const { ino, size, mtimeMs } = statSync(this.path);
      const fingerprint = `${ino} ${size} ${mtimeMs}`;
      if (fingerprint === this.#fingerprint) return;
      if (size > MAX_SECRET_BYTES) throw new Error(`it is larger than ${MAX_SECRET_BYTES} bytes`);
      const secret = readFileSync(this.path, 'utf8').trim();
      if (secret === '') throw new Error('it is empty');
      this.#secret = secret;
      this.#fingerprint = fingerprint;
    } catch (error) {
      this.#fault = error;
    }
  }
}
