// A program of its own for the time that it takes to read one configuration file: what it found goes to descriptor 3, for config-process.ts
// (V8's own traces go to stdout).
// `config-program.ts FILE`; the environment is that of the fields that refer to one.

import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { ConfigError } from '@pullway/shared/config/faults';
import { loadConfigFile } from './config-file.ts';
import type { ConfigAnswer } from './config-process.ts';

const ANSWER = 3;

// They reach all processes of a terminal or a unit; the agent decides what a stop means, and this is over in a moment.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

writeFileSync(ANSWER, serialize(await answer(process.argv[2] ?? '')));

async function answer(file: string): Promise<ConfigAnswer> {
  try {
    return { loaded: await loadConfigFile(file, process.env) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { faults: error.faults };
  }
}
