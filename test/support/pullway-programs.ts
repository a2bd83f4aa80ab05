// Starts the built proxy and agent, as a user would. It knows where they are built and no flag of theirs.

import { join } from 'node:path';
import { startProgram, type ChildProgram } from './child-program.ts';

const PACKAGES = join(import.meta.dirname, '..', '..', 'packages');

/** `packages/proxy/dist/main.js` with `flags`, on the Node that runs this. */
export function startProxy(flags: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProgram {
  return startProgram('proxy', process.execPath, [join(PACKAGES, 'proxy', 'dist', 'main.js'), ...flags], env);
}

/** `packages/agent/dist/main.js` with `flags`, on the Node that runs this. */
export function startAgent(flags: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProgram {
  return startProgram('agent', process.execPath, [join(PACKAGES, 'agent', 'dist', 'main.js'), ...flags], env);
}
