// `$1`, `${1}`, `${name}` and `$$` in replacements, by the rules of Go (regexp.Expand): a name is the longest run of letters, digits and
// underscores, so `$1x` is the group called "1x", which is empty when there is none.

/** The groups of a match. */
export interface Groups {
  /** Empty for a group that did not take part, or that there is none of. */
  at(index: number): string;
  /** Undefined for a name that no group has. */
  index(name: string): number | undefined;
}

const REFERENCE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;
/** Go takes no leading zeros, and no numbers beyond what a program could hold groups of. */
const NUMBER = /^(?:0|[1-9][0-9]{0,7})$/;

/** `template` with its references filled in; a `$` that begins none stays as it is. */
export function expandTemplate(template: string, groups: Groups): string {
  return template.replace(REFERENCE, (_all, dollar?: string, braced?: string, bare?: string) => {
    if (dollar !== undefined) return '$';
    return groupText(braced ?? bare ?? '', groups);
  });
}

/** Whether there is a reference in `template`. */
export function hasReference(template: string): boolean {
  return template.includes('$');
}

function groupText(name: string, groups: Groups): string {
  if (NUMBER.test(name)) return groups.at(Number(name));
  const index = groups.index(name);
  return index === undefined ? '' : groups.at(index);
}
