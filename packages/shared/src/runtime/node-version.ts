// Which Node the programs need. On an older one they would fail somewhere, in words that name no version.

import { ConfigError } from '../config/faults.ts';

/** The oldest that the tests run on. */
const OLDEST_MAJOR = 24;

/** @throws ConfigError when `version`, as `process.versions.node` has it, is too old. */
export function requireNode(version: string): void {
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return;
  throw new ConfigError([
    { message: `this program needs Node ${OLDEST_MAJOR} or later; it was started with ${version}` },
  ]);
}
