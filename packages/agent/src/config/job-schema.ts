// One entry of `scrape_configs` in the format of Prometheus: which fields there are, and what each may hold.
// Loaded only where there is a file: zod weighs several megabytes.

import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { parseDuration } from '@pullway/shared/config/durations';
import { hideUserinfo } from '@pullway/shared/http/userinfo';
import { relabelRuleSchema } from '../discovery/relabel/rule-schema.ts';
import { pathPatternFault } from '../targets/path-policy.ts';
import { authorizationSchema, basicAuthSchema, tlsSchema } from './access-schema.ts';
import { fileDiscoverySchema } from './discovery-schema.ts';
import type { Environment } from './environment-text.ts';
import { FOREIGN_JOB_FIELDS } from './foreign-fields.ts';
import { kubernetesDiscoverySchema } from './kubernetes-schema.ts';
import { paramFault } from './params.ts';
import { optionalText, orAbsent, text } from './text-schema.ts';

const path = text.superRefine((value, context) => {
  const fault = pathPatternFault(value);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

/** An empty one stands for `/`, as in Prometheus. */
const metricsPath = text.superRefine((value, context) => {
  const fault = value.endsWith('*')
    ? 'a metrics path is one path; put patterns into allowed_paths'
    : value === ''
      ? undefined
      : pathPatternFault(value);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

const duration = optionalText.refine(
  (value) => value === undefined || (parseDuration(value) ?? 0) > 0,
  'must be a duration above 0 such as 30s',
);

const labels = z.record(z.string(), text, 'must be labels with their values').superRefine((values, context) => {
  for (const [name, value] of Object.entries(values)) {
    const fault = labelFault(name, value);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, path: [name] });
  }
});

const params = z
  .record(z.string(), z.array(text), 'must be parameters with lists of values')
  .superRefine((values, context) => {
    for (const [name, list] of Object.entries(values)) {
      const fault = paramFault(name, list);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, path: [name] });
    }
  });

const staticConfig = z.strictObject({ targets: z.array(text), labels: labels.optional() });

/** A job whose targets are used as they stand. */
const plainTargets = z.object({
  static_configs: z.array(z.object({ targets: z.array(z.string()) })),
  relabel_configs: z.array(z.never()).optional(),
});

/** `directory`: where relative file names begin; `environment`: what a few fields may refer to. */
export function jobSchema(directory: string, environment: Environment) {
  const file = text.transform((name) => orAbsent(name === '' || isAbsolute(name) ? name : join(directory, name)));
  return z
    .strictObject({
      job_name: text.min(1, 'must not be empty'),
      static_configs: z.array(staticConfig).optional(),
      file_sd_configs: z.array(fileDiscoverySchema(file), 'must be a list').optional(),
      kubernetes_sd_configs: z.array(kubernetesDiscoverySchema({ file, environment }), 'must be a list').optional(),
      relabel_configs: z.array(relabelRuleSchema, 'must be a list of rules').optional(),
      metrics_path: metricsPath.optional(),
      scheme: z.enum(['http', 'https'], 'must be http or https').optional(),
      params: params.optional(),
      basic_auth: basicAuthSchema(file).optional(),
      authorization: authorizationSchema(file).optional(),
      bearer_token: optionalText,
      bearer_token_file: file.optional(),
      tls_config: tlsSchema(file).optional(),
      scrape_interval: duration,
      scrape_timeout: duration,
      honor_labels: z.boolean('must be true or false').optional(),
      passthrough: z.boolean('must be true or false').optional(),
      allowed_paths: z.array(path).max(64, 'at most 64 paths').optional(),
      ...FOREIGN_JOB_FIELDS,
    })
    .superRefine((job, context) => {
      for (const fault of jobFaults(job)) context.addIssue({ code: 'custom', ...fault });
    })
    .superRefine(
      (job, context) => {
        for (const fault of endpointFaults(job)) context.addIssue({ code: 'custom', ...fault });
      },
      // Whatever else is wrong: all faults are told at once.
      { when: () => true },
    );
}

export type JobFields = z.output<ReturnType<typeof jobSchema>>;

const CREDENTIAL_FIELDS = ['basic_auth', 'authorization', 'bearer_token', 'bearer_token_file'] as const;

interface FieldFault {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Fields that contradict each other. */
function* jobFaults(
  job: Pick<
    JobFields,
    | 'basic_auth'
    | 'authorization'
    | 'bearer_token'
    | 'bearer_token_file'
    | 'tls_config'
    | 'passthrough'
    | 'scheme'
    | 'allowed_paths'
    | 'scrape_interval'
    | 'scrape_timeout'
  >,
): Generator<FieldFault> {
  const credentials = CREDENTIAL_FIELDS.filter((field) => job[field] !== undefined);
  for (const field of credentials.slice(1))
    yield { path: [field], message: `at most one of ${credentials.join(' and ')} can be set` };
  if (
    job.scrape_interval !== undefined &&
    (parseDuration(job.scrape_timeout ?? '0') ?? 0) > (parseDuration(job.scrape_interval) ?? 0)
  ) {
    yield { path: ['scrape_timeout'], message: `is longer than the scrape_interval of ${job.scrape_interval}` };
  }
  if (job.passthrough !== true) return;
  if (job.scheme === 'http')
    yield { path: ['scheme'], message: 'is https for passthrough, where scrapers speak TLS with the exporter' };
  for (const field of [...CREDENTIAL_FIELDS, 'tls_config', 'allowed_paths'] as const) {
    if (job[field] === undefined) continue;
    yield {
      path: [field],
      message: 'has no effect with passthrough: the agent sees bytes only; set it at the central Prometheus',
    };
  }
}

/**
 * Prometheus looks for URLs only, and so do we: what else nobody can scrape is left out and reported. With rules a target may be anything,
 * as the URL that a blackbox exporter is to probe: it counts what they make of it.
 */
function* endpointFaults(job: unknown): Generator<FieldFault> {
  const parsed = plainTargets.safeParse(job);
  if (!parsed.success) return;
  for (const [group, { targets }] of parsed.data.static_configs.entries()) {
    for (const [index, target] of targets.entries()) {
      if (!target.includes('/')) continue;
      const message = `${JSON.stringify(hideUserinfo(target))} is no host:port; write the path as metrics_path and https as scheme`;
      yield { path: ['static_configs', group, 'targets', index], message };
    }
  }
}

function labelFault(name: string, value: string): string | undefined {
  if (name === '') return 'a label needs a name';
  if (name === '__address__') return 'follows from targets';
  if (name === '__scheme__' && value !== 'http' && value !== 'https') return 'must be http or https';
  return name === '__metrics_path__' ? pathPatternFault(value) : undefined;
}
