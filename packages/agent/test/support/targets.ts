// Targets and exporters for tests, complete but for what a test cares about.

import type { Job } from '../../src/config/job.ts';
import { NO_TLS_SETTINGS, type ExporterDescription } from '../../src/targets/exporters.ts';
import type { Exporter, Target } from '../../src/targets/target.ts';

export function exporter(fields: Partial<Exporter> = {}): Exporter {
  return {
    scheme: 'http',
    host: '127.0.0.1',
    port: 9100,
    tls: NO_TLS_SETTINGS,
    credentials: { kind: 'none' },
    ...fields,
  };
}

export const NODE_EXPORTER = exporter();

export function target(fields: Partial<Target> = {}): Target {
  return {
    address: 'client:9100',
    path: '/metrics',
    allowedPaths: [],
    passthrough: false,
    exporter: NODE_EXPORTER,
    labels: { job: 'node' },
    ...fields,
  };
}

export function description(fields: Partial<ExporterDescription> = {}): ExporterDescription {
  return {
    scheme: 'http',
    host: '127.0.0.1',
    port: 9100,
    tls: NO_TLS_SETTINGS,
    credentials: { kind: 'none' },
    ...fields,
  };
}

export function job(fields: Partial<Job> = {}): Job {
  return {
    name: 'node',
    scheme: 'http',
    metricsPath: '/metrics',
    params: {},
    tls: NO_TLS_SETTINGS,
    credentials: { kind: 'none' },
    passthrough: false,
    allowedPaths: [],
    scrapeInterval: undefined,
    scrapeTimeout: undefined,
    staticGroups: [],
    discoveries: [],
    relabelRules: [],
    ...fields,
  };
}
