// Starts a built program of ours the way its first line asks for (`#!/usr/bin/env -S VARIABLE=value node --flag …`): memory and the work
// of the collector depend on that much more than on any line of code.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram, type ChildProgram } from '../support/child-program.ts';

const PACKAGES = join(import.meta.dirname, '..', '..', 'packages');
const FIRST_LINE = /^#!\/usr\/bin\/env -S ((?:\S+=\S+ )*)node( .*)?$/m;

/** Starts `packages/NAME/dist/main.js` with `flags`; a CPU profile is left in `profileFolder` when it ends. */
export async function startOwnProgram(
  name: 'proxy' | 'agent',
  flags: readonly string[],
  profileFolder: string | undefined,
): Promise<ChildProgram> {
  const file = join(PACKAGES, name, 'dist', 'main.js');
  const [, variables = '', nodeFlags = ''] = FIRST_LINE.exec(await readFile(file, 'utf8')) ?? [];
  const profile = ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${name}.cpuprofile`];
  const words = [
    ...wordsIn(variables),
    process.execPath,
    ...wordsIn(nodeFlags),
    ...(profileFolder === undefined ? [] : profile),
  ];
  // `env` becomes Node, so that the process is the program and nothing around it.
  return startProgram(name, 'env', [...words, file, ...flags]);
}

function wordsIn(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
