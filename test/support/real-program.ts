// Finds the real programs that run beside ours: Prometheus, node_exporter and the others of scripts/real-programs.mjs.
// It starts and installs nothing.

import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Debian keeps servers, and Go what it builds, where the PATH of an ordinary user does not look. */
const OTHER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', join(homedir(), 'go', 'bin')];

/** What `npm test` builds with Go; for want of Go alone it may be missing in CI too. */
const BUILT_WITH_GO: ReadonlySet<string> = new Set(['helm']);

/** The path of `program`, or undefined where this machine has none. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...OTHER_FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/**
 * The path of `program`. Where there is none, the test is marked as skipped with the reason `needs PROGRAM` and the answer is
 * undefined: the test then has to return. In CI such a skip is a failure (scripts/test.mjs).
 */
export function requireProgram(test: TestContext, program: string): string | undefined {
  const path = findProgram(program);
  if (path === undefined) test.skip(`needs ${needed(program)}`);
  return path;
}

function needed(program: string): string {
  const isForWantOfGo = BUILT_WITH_GO.has(program) && findProgram('go') === undefined;
  return isForWantOfGo ? `Go, to build ${program}` : program;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
