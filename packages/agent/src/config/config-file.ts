// The configuration file: the part of a Prometheus' own that concerns finding and reaching targets.
// Loaded by config-program.ts, not by the agent: `yaml` and `zod` weigh several megabytes.

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ConfigError, type Fault, type Note } from '@pullway/shared/config/faults';
import { readYaml } from '@pullway/shared/config/yaml';
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
  const { jobs: fields, notes } = parseConfigFile(await readText(file, file), file, environment);
  const users = await readUsernames(file, fields);
  const jobs = fields.map((job) => Object.freeze(toJob(job, users)));
  return { jobs, files: [file, ...users.keys()], notes };
}

export interface ParsedConfig {
  readonly jobs: readonly JobFields[];
  /** From top to bottom of the file. */
  readonly notes: readonly Note[];
}

/**
 * The jobs in `text`, and what there is to say of them; relative names of files begin where `file` is. Some fields may refer to `environment`.
 * @throws ConfigError with every fault.
 */
export function parseConfigFile(text: string, file: string, environment: Environment = {}): ParsedConfig {
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
  const { content, document } = readYaml(text, file, schema, { likePrometheus: true });
  const jobs = content.scrape_configs ?? [];
  const notes = jobs.flatMap(({ job_name: name, honor_labels: isHonoring }, index) =>
    isHonoring === true
      ? [document.remarkAt(['scrape_configs', index, 'honor_labels'], `job ${name}: ${HONOR_LABELS}`)]
      : [],
  );
  return { jobs, notes: document.secondDocument === undefined ? notes : [...notes, document.secondDocument] };
}

/** Charts have it in most of their jobs, so it is no reason to refuse one; but whoever relies on it has to know. */
const HONOR_LABELS = 'honor_labels has no effect in an agent; set it in the job of the central Prometheus';

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
