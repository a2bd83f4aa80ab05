// The files of deploy/ as a test runs them: hosts that only a user has become ports of loopback, and nobody waits for 30 s.
// It knows nothing of what is in them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** Of the file or folder `name`, counted from the root of the repository. */
export function repositoryPath(name: string): string {
  return join(ROOT, name);
}

/** The file `name`, counted from the root of the repository. */
export function readRepositoryFile(name: string): Promise<string> {
  return readFile(repositoryPath(name), 'utf8');
}

/** `text` with each key of `names` replaced. Throws where one is not there: the test would then run something else than the file. */
export function withNames(text: string, names: Readonly<Record<string, string>>): string {
  let replaced = text;
  for (const [name, stands] of Object.entries(names)) {
    if (!replaced.includes(name)) throw new Error(`${name} is not in the file`);
    replaced = replaced.replaceAll(name, stands);
  }
  return replaced;
}

/** `text` with all intervals and timeouts of scrapes and of service discovery at 1 s, however they are spelled. */
export function hurried(text: string): string {
  return text.replaceAll(/\b((?:scrape|refresh)_?(?:interval|timeout)): \d+[sm]\b/gi, '$1: 1s');
}
