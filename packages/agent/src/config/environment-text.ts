// `${NODE_NAME}` in the few fields of the configuration that may differ from agent to agent while the file is one for all of them.

import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Text with each `${NAME}` replaced by the environment variable of that name; one that is not set is a fault. A lone `$` stays. */
export function environmentText(environment: Environment) {
  return z.string('must be text; put it in quotes').transform((text, context) =>
    text.replaceAll(REFERENCE, (reference, name: string) => {
      const value = environment[name];
      if (value === undefined) {
        context.addIssue({ code: 'custom', message: `${reference}: the environment variable ${name} is not set` });
      }
      return value ?? '';
    }),
  );
}
