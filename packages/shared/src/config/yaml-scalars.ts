// Scalars as the Prometheus programs read them (yaml.v2, decode.go): what a plain scalar is depends on what is expected in its place.
// Where a text is expected `1.10`, `010`, `True` and `0x10` are the text as it is written; where a truth value is, `yes` is true.

import { isScalar, type Scalar } from 'yaml';
import type { z } from 'zod';
import type { Path, YamlDocument } from './yaml-document.ts';

type Issue = z.core.$ZodIssue;

const TRUTH_VALUES: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);

/**
 * Replaces scalars in `content` by what was expected, as far as `issues` are about that, and tells whether there were any: then `content`
 * is to be checked once more. With `isNullZero` a field without a value is the empty text, or else as if it were not there.
 */
export function adaptScalars(
  content: unknown,
  issues: readonly Issue[],
  document: YamlDocument,
  isNullZero: boolean,
): boolean {
  const leaves = issues.flatMap((issue) => leavesOf(issue, []));
  // A union may take a text or something else: the text comes first.
  const sorted = leaves.toSorted((a, b) => Number(b.expected === 'string') - Number(a.expected === 'string'));
  let hasAdapted = false;
  for (const { path, expected } of sorted) {
    const node = document.nodeAt(path);
    const parent = valueAt(content, path.slice(0, -1));
    const name = path.at(-1);
    if (!isScalar(node) || name === undefined || !isContainer(parent)) continue;
    // Once is enough, also where two branches of a union expect two things.
    if (!Object.is(Reflect.get(parent, name), node.value)) continue;
    const adapted = adaptedScalar(node, expected, isNullZero, Array.isArray(parent));
    if (adapted === undefined) continue;
    // Defined, not assigned: a field may be called __proto__.
    Object.defineProperty(parent, name, { value: adapted.value, writable: true, enumerable: true, configurable: true });
    hasAdapted = true;
  }
  return hasAdapted;
}

interface Leaf {
  readonly path: Path;
  /** Undefined: one of several values. */
  readonly expected: string | undefined;
}

function leavesOf(issue: Issue, prefix: Path): readonly Leaf[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap((nested) => leavesOf(nested, path));
  return [{ path, expected: issue.code === 'invalid_type' ? issue.expected : undefined }];
}

function adaptedScalar(
  { value, source, type, tag }: Scalar,
  expected: string | undefined,
  isNullZero: boolean,
  isEntry: boolean,
): { readonly value: unknown } | undefined {
  if (value === null) {
    if (!isNullZero) return undefined;
    if (expected === 'string') return { value: '' };
    return isEntry ? undefined : { value: undefined };
  }
  if (expected === 'string' && typeof value !== 'string' && source !== undefined) return { value: source };
  if (expected !== 'boolean' || type !== 'PLAIN' || tag !== undefined || typeof value !== 'string') return undefined;
  const truth = TRUTH_VALUES.get(value);
  return truth === undefined ? undefined : { value: truth };
}

function valueAt(content: unknown, path: Path): unknown {
  return path.reduce((value, part) => (isContainer(value) ? Reflect.get(value, part) : undefined), content);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
