// One file of `file_sd_configs` as target groups, without ever holding the event loop: short JSON is read here, all else in a thread.

import { readFile } from 'node:fs/promises';
import type { Pace, Work } from '@pullway/shared/runtime/pace';
import type { TargetGroup } from '../target-group.ts';
import { parseJsonGroups, type FileGroup } from './file-groups.ts';

/** Longest JSON that is parsed in one go, in bytes: 3 ms. */
const MAX_JSON_AT_ONCE_BYTES = 256 * 1024;

/**
 * The groups in `file`, which has `size` bytes.
 * @returns undefined when `signal` fires
 * @throws ConfigError with its faults, Error when it cannot be read
 */
export async function readTargetFile(
  file: string,
  size: number,
  pace: Pace,
  signal: AbortSignal,
): Promise<readonly TargetGroup[] | undefined> {
  const isJson = /\.json$/i.test(file);
  const groups =
    isJson && size <= MAX_JSON_AT_ONCE_BYTES
      ? parseJsonGroups(await readFile(file, 'utf8'), file)
      : await groupsFromThread(file, isJson, signal);
  return pace.run(targetGroups(groups, file), signal);
}

/** Loaded only where there is such a file. */
async function groupsFromThread(
  file: string,
  isJson: boolean,
  signal: AbortSignal,
): Promise<Work<readonly FileGroup[]>> {
  const [{ readInThread }, { unpackGroups }] = await Promise.all([
    import('./thread-reader.ts'),
    import('./packed-groups.ts'),
  ]);
  return unpackGroups(await readInThread({ file, isJson }, signal));
}

function* targetGroups(groups: Work<readonly FileGroup[]>, file: string): Work<readonly TargetGroup[]> {
  const result: TargetGroup[] = [];
  for (const { targets, labels } of yield* groups) {
    const addresses: { readonly __address__: string }[] = [];
    for (const target of targets) {
      addresses.push({ __address__: target });
      if (addresses.length % 100 === 0) yield;
    }
    result.push({
      source: `${file}:${result.length}`,
      labels: { ...labels, __meta_filepath: file },
      targets: addresses,
    });
    yield;
  }
  return result;
}
