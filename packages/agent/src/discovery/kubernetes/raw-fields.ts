// Reading fields of JSON whose shape nobody guarantees: what is absent, null or of another type counts as empty. Nothing throws,
// since one odd object must not keep the others from being found.

import type { Labels } from '@pullway/shared/protocol/announcement';

const NO_LABELS: Labels = Object.freeze({});

/** The value at `path` within `value`; undefined when a step of it is missing. */
export function rawField(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    const next: unknown = Reflect.get(current, name);
    current = next;
  }
  return current;
}

export function rawText(value: unknown, ...path: readonly string[]): string {
  return rawOptionalText(value, ...path) ?? '';
}

/** For fields where absent and empty differ. */
export function rawOptionalText(value: unknown, ...path: readonly string[]): string | undefined {
  const text = rawField(value, ...path);
  return typeof text === 'string' ? text : undefined;
}

/** A whole number that is not negative. */
export function rawNumber(value: unknown, ...path: readonly string[]): number | undefined {
  const number = rawField(value, ...path);
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

export function rawBoolean(value: unknown, ...path: readonly string[]): boolean | undefined {
  const flag = rawField(value, ...path);
  return typeof flag === 'boolean' ? flag : undefined;
}

export function rawList(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const list: unknown = rawField(value, ...path);
  return Array.isArray(list) ? list : [];
}

/** Names with texts; taken over as it is when all values are texts, which keeps memory down with thousands of objects. */
export function rawLabels(value: unknown, ...path: readonly string[]): Labels {
  const labels = rawField(value, ...path);
  if (isLabels(labels)) return labels;
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return NO_LABELS;
  return Object.fromEntries(Object.entries(labels).filter(isTextEntry));
}

function isLabels(value: unknown): value is Labels {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}

function isTextEntry(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}
