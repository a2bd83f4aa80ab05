// Text in the configuration, as Go reads it: a field that is empty is one that is not there.

import { z } from 'zod';

export const text = z.string('must be text');

export const optionalText = text.transform(orAbsent).optional();

export function orAbsent(value: string): string | undefined {
  return value === '' ? undefined : value;
}
