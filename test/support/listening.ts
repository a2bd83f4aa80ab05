// Which port a program of ours got when it was told to listen at port 0: it says so in its log.

import type { ChildProgram } from './child-program.ts';

/** A first start on a busy machine reads some hundred files. In milliseconds. */
const START_TIMEOUT_MS = 30_000;

/** The port of the listener that `program` calls `listener` in the log line `listening`; throws with its output when there is none. */
export async function listeningPort(program: ChildProgram, listener: string): Promise<number> {
  const line = new RegExp(`msg=listening\\b.*\\blistener=${listener}\\b.*\\baddress="?[^\\s"]*:(\\d+)`);
  const match = await program.outputMatching(line, START_TIMEOUT_MS);
  return Number(match[1]);
}
