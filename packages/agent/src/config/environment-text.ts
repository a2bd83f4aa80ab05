// `${NODE_NAME}` in the few fields of the configuration that may differ from agent to agent while the file is one for all of them.

import { text } from './text-schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Text with each `${NAME}` replaced by the environment variable of that name; one that is not set is a fault. A lone `$` stays. */
export function environmentText(environment: Environment) {
  return text.transform((value, context) =>
    value.replaceAll(REFERENCE, (reference, name: string) => {
      const found = environment[name];
      if (found === undefined) {
        context.addIssue({ code: 'custom', message: `${reference}: the environment variable ${name} is not set` });
      }
      return found ?? '';
    }),
  );
}
