// A program of its own for the time that it takes to read files with targets. Each line of its input is the name of one, as JSON; what is in it
// goes to descriptor 3, with an empty line behind it, for groups-process.ts (V8's own traces go to stdout).

import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ConfigError } from '@pullway/shared/config/faults';
import { errorMessage } from '@pullway/shared/runtime/logger';
import { finish } from '@pullway/shared/runtime/pace';
import { isJson, parseJsonGroups, type FileGroup } from './file-groups.ts';
import { packFault, packGroups } from './packed-groups.ts';

const ANSWER = 3;

// They reach all processes of a terminal or a unit; the agent decides what a stop means, and this ends when its input does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  writeFileSync(ANSWER, `${await answer(String(JSON.parse(line)))}\n`);
}

async function answer(file: string): Promise<string> {
  try {
    return packGroups(await read(file));
  } catch (error) {
    if (error instanceof ConfigError) return packFault({ faults: error.faults });
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    return packFault({ message: errorMessage(error), code });
  }
}

async function read(file: string): Promise<readonly FileGroup[]> {
  const text = readFileSync(file, 'utf8');
  if (isJson(file)) return finish(parseJsonGroups(text, file));
  const { parseYamlGroups } = await import('./yaml-groups.ts');
  return parseYamlGroups(text, file);
}
