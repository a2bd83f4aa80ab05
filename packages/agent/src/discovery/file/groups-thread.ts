// A thread for the time that it takes to read one file with targets; thread-reader.ts starts it and takes the answer.

import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError } from '@pullway/shared/config/faults';
import { finish } from '@pullway/shared/runtime/pace';
import { parseJsonGroups, type FileGroup } from './file-groups.ts';
import type { ThreadAnswer, ThreadTask } from './thread-reader.ts';
import { packGroups } from './packed-groups.ts';

const task: ThreadTask = workerData;
parentPort?.postMessage(await answer(task), []);

async function answer({ file, isJson }: ThreadTask): Promise<ThreadAnswer> {
  const text = readFileSync(file, 'utf8');
  try {
    return { packed: packGroups(await parse(text, file, isJson)) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { faults: error.faults };
  }
}

async function parse(text: string, file: string, isJson: boolean): Promise<readonly FileGroup[]> {
  if (isJson) return finish(parseJsonGroups(text, file));
  const { parseYamlGroups } = await import('./yaml-groups.ts');
  return parseYamlGroups(text, file);
}
