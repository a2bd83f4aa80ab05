// The content of a file of `file_sd_configs`: a list of targets with labels, as JSON or YAML (discovery/file/file.go).
// Loaded only where a job names such files: `yaml` and `zod` weigh several megabytes.

import { z } from 'zod';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseYaml } from '@pullway/shared/config/yaml';
import { errorMessage } from '@pullway/shared/runtime/logger';
import type { TargetGroup } from '../target-group.ts';

const group = z.strictObject({
  targets: z.array(z.string('must be text'), 'must be a list of targets').nullish(),
  labels: z.record(z.string(), z.string('must be text'), 'must be labels with their values').nullish(),
});

const groups = z.array(group, 'must be a list of groups with targets and labels');

/** @throws ConfigError with every fault. */
export function parseFileGroups(text: string, file: string): readonly TargetGroup[] {
  // An empty YAML file is a list without groups, to Prometheus too.
  const content = /\.json$/i.test(file) ? parseJson(text, file) : parseYaml(text, file, emptyOr(groups));
  return content.map(({ targets, labels }, index) => ({
    source: `${file}:${index}`,
    labels: { ...labels, __meta_filepath: file },
    targets: (targets ?? []).map((target) => ({ __address__: target })),
  }));
}

function emptyOr(schema: typeof groups) {
  return z.union([schema, z.strictObject({}).transform((): z.output<typeof groups> => [])]);
}

/** Not as YAML, which takes some of what JSON does not. */
function parseJson(text: string, file: string): z.output<typeof groups> {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new ConfigError([{ file, message: errorMessage(cause) }], { cause });
  }
  return parseYaml(text, file, groups);
}
