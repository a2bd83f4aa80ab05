// The configuration file: the part of a Prometheus' own that concerns finding and reaching targets.
// Loaded only where there is a file to read: `yaml` and `zod` weigh several megabytes.

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ConfigError, type Fault } from '@pullway/shared/config/faults';
import { parseYaml } from '@pullway/shared/config/yaml';
import { errorMessage } from '@pullway/shared/runtime/logger';
import { NO_TLS_SETTINGS } from '../targets/exporters.ts';
import type { Environment } from './environment-text.ts';
import { FOREIGN_SECTIONS } from './foreign-fields.ts';
import type { Job, LoadedJobs } from './job.ts';
import { jobSchema, type JobFields } from './job-schema.ts';
import { credentialSources } from './secret-sources.ts';

/**
 * Reads `file`, and the files that hold user names.
 * @throws ConfigError with every fault that was found.
 */
export async function loadConfigFile(file: string, environment: Environment = {}): Promise<LoadedJobs> {
  const fields = parseConfigFile(await readText(file, file), file, environment);
  const users = await readUsernames(file, fields);
  const jobs = fields.map((job) => Object.freeze(toJob(job, users)));
  return { jobs, files: [file, ...users.keys()] };
}

/**
 * The jobs in `text`; relative names of files begin where `file` is. Some fields may refer to `environment`.
 * @throws ConfigError with every fault.
 */
export function parseConfigFile(text: string, file: string, environment: Environment = {}): readonly JobFields[] {
  const schema = z
    .strictObject({
      scrape_configs: z.array(jobSchema(dirname(file), environment), 'must be a list of jobs').optional(),
      ...FOREIGN_SECTIONS,
    })
    .superRefine(({ scrape_configs: jobs = [] }, context) => {
      for (const [index, { job_name: name }] of jobs.entries()) {
        if (jobs.findIndex((other) => other.job_name === name) === index) continue;
        context.addIssue({
          code: 'custom',
          message: `${name} names two jobs`,
          path: ['scrape_configs', index, 'job_name'],
        });
      }
    });
  return parseYaml(text, file, schema, { likePrometheus: true }).scrape_configs ?? [];
}

async function readUsernames(configFile: string, jobs: readonly JobFields[]): Promise<ReadonlyMap<string, string>> {
  const files = jobs.flatMap(({ basic_auth: auth }) => auth?.username_file ?? []);
  const names = await Promise.allSettled(
    [...new Set(files)].map(async (file): Promise<[string, string]> => [
      file,
      (await readText(file, configFile)).trim(),
    ]),
  );
  const faults = names.flatMap((result): readonly Fault[] =>
    result.status === 'rejected' && result.reason instanceof ConfigError ? result.reason.faults : [],
  );
  if (faults.length > 0) throw new ConfigError(faults);
  return new Map(names.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
}

async function readText(file: string, mentionedIn: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigError([{ file: mentionedIn, message: errorMessage(cause) }], { cause });
  }
}

function toJob(fields: JobFields, users: ReadonlyMap<string, string>): Job {
  const passthrough = fields.passthrough ?? false;
  return {
    name: fields.job_name,
    scheme: passthrough ? 'https' : (fields.scheme ?? 'http'),
    metricsPath: fields.metrics_path ?? '/metrics',
    params: Object.fromEntries(Object.entries(fields.params ?? {}).map(([name, [value = '']]) => [name, value])),
    tls: fields.tls_config ?? NO_TLS_SETTINGS,
    credentials: credentialSources(fields, users),
    passthrough,
    allowedPaths: fields.allowed_paths ?? [],
    scrapeInterval: fields.scrape_interval,
    scrapeTimeout: fields.scrape_timeout,
    staticGroups: (fields.static_configs ?? []).map(({ targets, labels = {} }, index) => ({
      source: `static/${index}`,
      labels,
      targets: targets.map((target) => ({ __address__: target })),
    })),
    discoveries: [...(fields.file_sd_configs ?? []), ...(fields.kubernetes_sd_configs ?? [])],
    relabelRules: fields.relabel_configs ?? [],
  };
}
