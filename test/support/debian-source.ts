// From where this very machine takes the packages of its Debian, as its sources say: nothing needs to have been fetched from there before.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface DebianSource {
  readonly mirror: string;
  /** `bookworm` and the like. */
  readonly release: string;
}

const FOLDER = '/etc/apt';

/** The first source that has the component `main` of this machine's release. */
export async function debianSource(): Promise<DebianSource> {
  const release = /^VERSION_CODENAME=(\S+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '';
  const parts = await readdir(join(FOLDER, 'sources.list.d'));
  const files = ['sources.list', ...parts.map((name) => join('sources.list.d', name))];
  for (const name of files) {
    const text = await readFile(join(FOLDER, name), 'utf8').catch(() => '');
    const mirror = name.endsWith('.sources') ? mirrorOfStanzas(text, release) : mirrorOfLines(text, release);
    if (mirror !== undefined) return { mirror, release };
  }
  throw new Error(`apt has no source for ${release}`);
}

/** `deb [options] URI RELEASE COMPONENT …` */
function mirrorOfLines(text: string, release: string): string | undefined {
  const sources = [...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/gm)];
  return sources.find(([, , suite, components]) => suite === release && hasWord(components, 'main'))?.[1];
}

/** Stanzas of `Types:`, `URIs:`, `Suites:` and `Components:`. */
function mirrorOfStanzas(text: string, release: string): string | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string): string | undefined => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(stanza)?.[1];
    const isRight = hasWord(field('Types'), 'deb') && hasWord(field('Suites'), release);
    if (isRight && hasWord(field('Components'), 'main')) return field('URIs')?.split(/\s+/)[0];
  }
  return undefined;
}

function hasWord(words: string | undefined, word: string): boolean {
  return words?.split(/\s+/).includes(word) === true;
}
