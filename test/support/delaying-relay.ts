// Starts the program that makes a line long. It knows nothing of what travels on it.

import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startProgram } from './child-program.ts';

/**
 * Relays to `targetPort` of 127.0.0.1 with `delayMs` in each direction, until the test is over.
 * @returns the port to connect to.
 */
export async function startDelayingRelay(test: TestContext, targetPort: number, delayMs: number): Promise<number> {
  const file = join(import.meta.dirname, 'delaying-relay-program.ts');
  const program = startProgram('relay', process.execPath, [file, String(targetPort), String(delayMs)]);
  test.after(() => program.stop());
  const [, port] = await program.outputMatching(/relaying from port (\d+)/);
  return Number(port);
}
