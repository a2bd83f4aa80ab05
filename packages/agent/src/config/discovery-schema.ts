// `file_sd_configs` of a job, as Prometheus has them (discovery/file/file.go).

import { z } from 'zod';
import { parseDuration } from '@pullway/shared/config/durations';
import type { FileDiscovery } from './discovery-config.ts';
import { text } from './text-schema.ts';

/** Turns a file name of the configuration into one that can be opened; undefined when it is empty. */
export type FileSchema = z.ZodType<string | undefined, string>;

/** Prometheus' own rule: a star in the last part only, and what the file is by its ending. */
const FILE_PATTERN = /^[^*]*(?:\*[^/]*)?\.(?:json|yml|yaml|JSON|YML|YAML)$/;

const pattern = text.regex(
  FILE_PATTERN,
  'is no name of a .json, .yml or .yaml file; a * may stand in its last part only',
);

export function fileDiscoverySchema(file: FileSchema) {
  return z
    .strictObject({
      files: z.array(pattern.pipe(file), 'must be a list of files').min(1, 'names no file'),
      // Files are looked at every few seconds, so that there is nothing to choose.
      refresh_interval: text
        .refine((value) => value === '' || parseDuration(value) !== undefined, 'must be a duration such as 5m')
        .optional(),
    })
    .transform(({ files }): FileDiscovery => ({ kind: 'file', files: files.flatMap((name) => name ?? []) }));
}
