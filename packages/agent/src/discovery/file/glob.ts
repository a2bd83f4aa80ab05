// Names of files with `*` and `?` in their last part, as `file_sd_configs` takes them (discovery/file/file.go).

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The files that `pattern` names now, sorted; a name without `*` and `?` stands for itself, be it there or not. */
export async function matchingFiles(pattern: string): Promise<readonly string[]> {
  const last = basename(pattern);
  if (!/[*?]/.test(last)) return [pattern];
  const folder = dirname(pattern);
  const matches = nameMatcher(last);
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => matches.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

function nameMatcher(pattern: string): RegExp {
  const source = pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, (character) => {
    if (character === '*') return '[^/]*';
    return character === '?' ? '[^/]' : `\\${character}`;
  });
  return new RegExp(`^${source}$`, 's');
}
