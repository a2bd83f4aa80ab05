// Which paths a target exposes: exactly its own, and those that `allowed_paths` names.
// It must not know addresses. What it lets through goes to the exporter with the agent's credentials, so doubt means no.

const ANY_REST = '*';

// Servers disagree about what these mean (`/metrics/../exec`, `/metrics/%2e%2e/exec`), so a pattern never covers them.
const AMBIGUOUS = /\/\.{1,2}(?:\/|$)|%(?:2e|2f|5c|00)|[\\\x00-\x20;]|\/\//i;

/** Whether `pattern` covers `path` (without query): equal, or, with a trailing `*`, any rest without dot segments and their disguises. */
export function coversPath(pattern: string, path: string): boolean {
  if (!pattern.endsWith(ANY_REST)) return pattern === path;
  return path.startsWith(pattern.slice(0, -ANY_REST.length)) && !AMBIGUOUS.test(path);
}

/** Why `pattern` may not stand in `allowed_paths`, or undefined when it may. */
export function pathPatternFault(pattern: string): string | undefined {
  if (!pattern.startsWith('/')) return 'a path begins with /';
  if (/[?#]/.test(pattern)) return 'a path has no query and no fragment';
  if (pattern.slice(0, -1).includes(ANY_REST)) return 'only the last character may be *';
  if (/[^\x21-\x7e]/.test(pattern)) return 'a path is printable ASCII without spaces';
  return undefined;
}
