// Flags as a command line gives them.

import { parseFlags } from '@pullway/shared/config/flags';
import { FLAGS, type ProxyFlags } from '../../src/config/flags.ts';

export function flags(...args: readonly string[]): ProxyFlags {
  return parseFlags(FLAGS, args, {});
}
