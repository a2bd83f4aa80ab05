// Names of files by a pattern, as `file_sd_configs` takes them: Go's filepath.Glob and filepath.Match. `*` and `?` stand for characters of one
// part of a name, `[a-c]` and `[^a-c]` for one of some, a backslash takes the meaning from the character behind it.

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A name with none of these stands for itself. */
const SPECIAL = /[*?[\\]/;

/** The files that `pattern` names now, sorted; a name without special characters stands for itself, be it there or not. */
export async function matchingFiles(pattern: string): Promise<readonly string[]> {
  if (!SPECIAL.test(pattern)) return [pattern];
  const folders = await matchingFiles(dirname(pattern));
  const matches = nameMatcher(basename(pattern));
  const found = await Promise.all(folders.map((folder) => filesIn(folder, matches)));
  return found.flat();
}

/** Why `pattern` is none, or undefined when it is one. */
export function patternFault(pattern: string): string | undefined {
  try {
    for (const part of pattern.split('/')) nameMatcher(part);
    return undefined;
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

class PatternFault extends Error {
  override readonly name = 'PatternFault';
}

async function filesIn(folder: string, matches: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => matches.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

/** One part of a pattern: a class, an escaped character, or any one character. */
const PIECES = /\[(?<negation>\^|(?!\^))(?<ranges>(?:\\.|[^\\\]])+)\]|\\(?<escaped>.)|(?<single>.)/gsu;

/** @throws PatternFault */
function nameMatcher(pattern: string): RegExp {
  const source = pattern.replaceAll(PIECES, (_piece, ...rest) => {
    const groups: Readonly<Record<string, string | undefined>> = rest.at(-1);
    const { negation, ranges, escaped, single } = groups;
    if (ranges !== undefined) return `[${negation}${classRanges(ranges)}]`;
    if (escaped !== undefined) return codePoint(escaped);
    if (single === '*') return '.*';
    if (single === '?') return '.';
    if (single === '[') throw new PatternFault('a [ needs a ] behind it, with something in between');
    if (single === '\\') throw new PatternFault('a backslash needs a character behind it');
    return codePoint(single ?? '');
  });
  return new RegExp(`^${source}$`, 'su');
}

/** `-` and `]` stand for themselves behind a backslash only. */
const RANGE = /(?:\\(.)|([^\\\-\]]))(?:-(?:\\(.)|([^\\\-\]])))?/suy;

function classRanges(text: string): string {
  let ranges = '';
  RANGE.lastIndex = 0;
  while (RANGE.lastIndex < text.length) {
    const match = RANGE.exec(text);
    if (match === null) throw new PatternFault(`[${text}] is no list of characters; a - needs a backslash before it`);
    const low = match[1] ?? match[2] ?? '';
    const high = match[3] ?? match[4] ?? low;
    // What begins behind its end holds nothing.
    if ((low.codePointAt(0) ?? 0) <= (high.codePointAt(0) ?? 0)) ranges += `${codePoint(low)}-${codePoint(high)}`;
  }
  return ranges;
}

function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
