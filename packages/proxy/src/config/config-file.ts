// The file of --config.file: which agent tokens there are. Strict: what is not known is a fault.

import { z } from 'zod';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseYaml } from '@pullway/shared/config/yaml';
import type { AgentToken } from '../access/agent-credentials.ts';

export interface ConfigFile {
  readonly agentTokens: readonly AgentToken[];
}

const globs = z.array(z.string().max(253)).min(1, 'names nothing; leave it out to allow all').default(['*']);

const token = z.strictObject({
  name: z.string().min(1).max(253),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'is no SHA-256 in 64 hexadecimal digits; sha256sum of the token gives one')
    .transform((digest) => digest.toLowerCase()),
  clusters: globs,
  agents: globs,
});

const schema = z.strictObject({
  agent_tokens: z
    .array(token)
    .superRefine((tokens, context) => {
      for (const field of ['name', 'sha256'] as const) {
        for (const index of repeated(tokens.map((each) => each[field]))) {
          context.addIssue({ code: 'custom', path: [index, field], message: 'is used by another token already' });
        }
      }
    })
    .default([]),
});

/** @throws ConfigError with all faults. */
export function parseConfigFile(text: string, file: string): ConfigFile {
  return Object.freeze({ agentTokens: parseYaml(text, file, schema).agent_tokens });
}

/** @throws ConfigError when nobody could prove to be an agent, and that is not what was asked for. */
export function requireTokens({ agentTokens }: ConfigFile, isInsecure: boolean, file: string | undefined): void {
  if (agentTokens.length > 0 || isInsecure) return;
  const message =
    'no agent token is configured: name one under agent_tokens in the file of --config.file, ' +
    'or give --insecure to let everybody connect as any agent';
  throw new ConfigError([file === undefined ? { message } : { file, message }]);
}

/** Indexes of values that occurred before. */
function repeated(values: readonly string[]): readonly number[] {
  return values.flatMap((value, index) => (values.indexOf(value) === index ? [] : [index]));
}
