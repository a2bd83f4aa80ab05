// The content of a YAML file of `file_sd_configs`. Loaded by groups-program.ts alone: `yaml` and `zod` weigh several megabytes, and take a
// second for a thousand groups.

import { z } from 'zod';
import type { Labels } from '@pullway/shared/protocol/announcement';
import { parseYaml } from '@pullway/shared/config/yaml';
import type { FileGroup } from './file-groups.ts';

/** Plain numbers and truth values too, as the text that they are written as. */
const scalar = z.string('must be text');

const group = z
  .strictObject({
    targets: z.array(scalar, 'must be a list of targets').nullish(),
    labels: z.record(z.string(), scalar.nullable(), 'must be labels with their values').nullish(),
  })
  .transform(({ targets, labels }): FileGroup => ({ targets: targets ?? [], labels: withValues(labels ?? {}) }));

const groups = z.array(group, 'must be a list of groups with targets and labels');

/** An empty file is a list without groups, to Prometheus too. */
const emptyOrGroups = z.union([groups, z.strictObject({}).transform((): readonly FileGroup[] => [])]);

/** @throws ConfigError with every fault. */
export function parseYamlGroups(text: string, file: string): readonly FileGroup[] {
  return parseYaml(text, file, emptyOrGroups);
}

/** A label without a value is none. */
function withValues(labels: Readonly<Record<string, string | null>>): Labels {
  return Object.fromEntries(Object.entries(labels).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}
