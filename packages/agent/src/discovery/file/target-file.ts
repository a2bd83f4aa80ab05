// One file of `file_sd_configs` as target groups, without ever holding the event loop: short JSON is read here, all else in another process.

import { readFile } from 'node:fs/promises';
import type { Pace, Work } from '@pullway/shared/runtime/pace';
import type { NodeProgram } from '../mechanism.ts';
import type { TargetGroup } from '../target-group.ts';
import { isJson, parseJsonGroups, type FileGroup } from './file-groups.ts';

/** Longest JSON that is parsed in one go, in bytes: 3 ms. */
const MAX_JSON_AT_ONCE_BYTES = 256 * 1024;

export interface TargetFile {
  readonly file: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * The groups in a file.
 * @returns undefined when `signal` fires, unless that is an error by then
 * @throws ConfigError with its faults, Error when it cannot be read
 */
export async function readTargetFile(
  { file, size }: TargetFile,
  node: NodeProgram,
  pace: Pace,
  signal: AbortSignal,
): Promise<readonly TargetGroup[] | undefined> {
  const groups =
    isJson(file) && size <= MAX_JSON_AT_ONCE_BYTES
      ? parseJsonGroups(await readFile(file, 'utf8'), file)
      : await groupsElsewhere(file, node, signal);
  return pace.run(targetGroups(groups, file), signal);
}

/** Loaded only where there is such a file. */
async function groupsElsewhere(
  file: string,
  node: NodeProgram,
  signal: AbortSignal,
): Promise<Work<readonly FileGroup[]>> {
  const { readInProcess } = await import('./groups-process.ts');
  const { unpackGroups } = await import('./packed-groups.ts');
  return unpackGroups(await readInProcess(file, node, signal));
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
