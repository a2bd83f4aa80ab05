// A program that lives as long as a test, and what the system says of it. It knows nothing of what the program is.

import { readdir, readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import type { ChildProgram } from './child-program.ts';

/** Kills `program` when `test` ends. A clean stop is a matter of tests of its own, and would cost each test the time to drain. */
export function endWith(test: TestContext, program: ChildProgram): ChildProgram {
  test.after(async () => {
    program.signal('SIGKILL');
    await program.ended;
  });
  return program;
}

/** File descriptors that the process `pid` has open: sockets and files. */
export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Memory of the process `pid` in bytes: `rss` is what is resident now, `anonymous` the part that no file backs. */
export async function memoryOf(pid: number): Promise<{ readonly rss: number; readonly anonymous: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return { rss: kibibytes(status, 'VmRSS'), anonymous: kibibytes(status, 'RssAnon') };
}

function kibibytes(status: string, field: string): number {
  const match = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status);
  if (match === null) throw new Error(`/proc says nothing of ${field}`);
  return Number(match[1]) * 1024;
}
