// Groups of a file on their way from the thread to the agent: one text, since a text crosses as it is, where thousands of objects would all
// be built in one go. A line holds a group or further targets of the group before it, so that no line takes long to read.

import type { Work } from '@pullway/shared/runtime/pace';
import type { FileGroup } from './file-groups.ts';

/** Targets of one line: read in a tenth of a millisecond. */
const TARGETS_PER_LINE = 500;

interface Line extends Pick<FileGroup, 'targets'> {
  /** Absent: they are further targets of the group before. */
  readonly labels?: FileGroup['labels'];
}

export function packGroups(groups: readonly FileGroup[]): string {
  return groups.flatMap(linesOf).join('\n');
}

function linesOf({ targets, labels }: FileGroup): readonly string[] {
  const lines: Line[] = [{ targets: targets.slice(0, TARGETS_PER_LINE), labels }];
  for (let start = TARGETS_PER_LINE; start < targets.length; start += TARGETS_PER_LINE)
    lines.push({ targets: targets.slice(start, start + TARGETS_PER_LINE) });
  return lines.map((line) => JSON.stringify(line));
}

export function* unpackGroups(text: string): Work<readonly FileGroup[]> {
  const groups: (FileGroup & { readonly targets: string[] })[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const { targets, labels }: Line = JSON.parse(text.slice(start, end));
    if (labels === undefined) groups.at(-1)?.targets.push(...targets);
    else groups.push({ targets: [...targets], labels });
    start = end + 1;
    yield;
  }
  return groups;
}
