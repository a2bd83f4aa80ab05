// Finds the real programs that run beside ours: Prometheus, node_exporter and the others of scripts/real-programs.mjs.
// It starts and installs nothing.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Debian keeps servers where the PATH of an ordinary user does not look. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of `program`, or undefined where this machine has none. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/**
 * The path of `program`. Where there is none, the test is marked as skipped with the reason `needs PROGRAM` and the answer is
 * undefined: the test then has to return. In CI such a skip is a failure (scripts/test.mjs).
 */
export function requireProgram(test: TestContext, program: string): string | undefined {
  const path = findProgram(program);
  if (path === undefined) test.skip(`needs ${program}`);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
