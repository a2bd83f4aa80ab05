// The kinds of values that flags take.

import { parseDuration } from './durations.ts';
import type { FlagKind } from './flags.ts';
import { parseListenAddress, type ListenAddress } from './listen-address.ts';
import { parseSize } from './sizes.ts';

export const text: FlagKind<string> = { placeholder: '<text>', parse: (value) => value };

export const file: FlagKind<string> = { placeholder: '<file>', parse: (value) => (value === '' ? undefined : value) };

/** True or false; in the command line `--flag` and `--no-flag`. */
export const toggle: FlagKind<boolean> = {
  placeholder: '',
  parse: (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
};

/** Milliseconds. */
export const duration: FlagKind<number> = { placeholder: '<duration>', parse: parseDuration };

/** Bytes. */
export const size: FlagKind<number> = { placeholder: '<size>', parse: parseSize };

export const listenAddress: FlagKind<ListenAddress> = { placeholder: '<address>', parse: parseListenAddress };

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): FlagKind<number> {
  return {
    placeholder: `<${min}..${max}>`,
    parse: (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

/** One of `words`. */
export function choice<Word extends string>(...words: readonly Word[]): FlagKind<Word> {
  return { placeholder: `<${words.join('|')}>`, parse: (value) => words.find((word) => word === value) };
}
