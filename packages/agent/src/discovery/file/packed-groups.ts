// Groups of a file on their way from the process that read it to the agent. A line holds a group, or further targets of the group before it, so
// that no line takes long to read; or what is wrong with the file.

import { ConfigError, type Fault } from '@pullway/shared/config/faults';
import type { Work } from '@pullway/shared/runtime/pace';
import type { FileGroup } from './file-groups.ts';

/** Targets of one line: read in a tenth of a millisecond. */
const TARGETS_PER_LINE = 500;

type PackedFault =
  | { readonly faults: readonly Fault[] }
  /** It cannot be read at all. `code`: of the file system. */
  | { readonly message: string; readonly code: string | undefined };

interface PackedTargets extends Pick<FileGroup, 'targets'> {
  /** Absent: they are further targets of the group before. */
  readonly labels?: FileGroup['labels'];
}

export function packGroups(groups: readonly FileGroup[]): string {
  return groups.flatMap(linesOf).join('');
}

export function packFault(fault: PackedFault): string {
  return lineOf(fault);
}

function linesOf({ targets, labels }: FileGroup): readonly string[] {
  const lines = [lineOf({ targets: targets.slice(0, TARGETS_PER_LINE), labels })];
  for (let start = TARGETS_PER_LINE; start < targets.length; start += TARGETS_PER_LINE)
    lines.push(lineOf({ targets: targets.slice(start, start + TARGETS_PER_LINE) }));
  return lines;
}

function lineOf(line: PackedFault | PackedTargets): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * @param pieces of the packed text, cut anywhere
 * @throws ConfigError with the faults of the file; Error with the code of the file system where it cannot be read
 */
export function* unpackGroups(pieces: Iterable<string>): Work<readonly FileGroup[]> {
  const groups: (FileGroup & { readonly targets: string[] })[] = [];
  for (const line of linesIn(pieces)) {
    const content: PackedFault | PackedTargets = JSON.parse(line);
    if ('faults' in content) throw new ConfigError(content.faults);
    if ('message' in content) throw Object.assign(new Error(content.message), { code: content.code });
    const { targets, labels } = content;
    if (labels === undefined) groups.at(-1)?.targets.push(...targets);
    else groups.push({ targets: [...targets], labels });
    yield;
  }
  return groups;
}

function* linesIn(pieces: Iterable<string>): Generator<string> {
  let rest = '';
  for (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
