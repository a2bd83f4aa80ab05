// Starts the built proxy and agent, as a user would: with what the first line of each program asks of Node and of the system.
// It knows where they are built and no flag of theirs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram, type ChildProgram } from './child-program.ts';

const PACKAGES = join(import.meta.dirname, '..', '..', 'packages');

/** `packages/proxy/dist/main.js` with `flags`, on the Node that runs this. */
export function startProxy(flags: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProgram {
  return start('proxy', flags, env);
}

/** `packages/agent/dist/main.js` with `flags`, on the Node that runs this. */
export function startAgent(flags: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProgram {
  return start('agent', flags, env);
}

function start(name: string, flags: readonly string[], env: Readonly<Record<string, string>>): ChildProgram {
  const file = join(PACKAGES, name, 'dist', 'main.js');
  const words = /^#!\/usr\/bin\/env -S (.*)/.exec(readFileSync(file, 'utf8'))?.[1]?.split(' ') ?? [];
  const settings = words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('=', 2));
  const nodeFlags = words.filter((word) => word.startsWith('--'));
  const asked: Record<string, string> = Object.fromEntries(settings);
  return startProgram(name, process.execPath, [...nodeFlags, file, ...flags], { ...asked, ...env });
}
