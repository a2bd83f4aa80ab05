// The lists that a real API server answered and what Prometheus found in them: fixtures/kubernetes, of Kubernetes 1.36 and
// Prometheus 3.5.3. Labels with empty values are absent there, and targets with identical labels appear once.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { rawList } from '../../src/discovery/kubernetes/raw-fields.ts';
import type { Role } from '../../src/discovery/kubernetes/role.ts';

const FOLDER = new URL('../fixtures/kubernetes/', import.meta.url);

const selector = z.object({
  role: z.string(),
  label: z.string().default(''),
  field: z.string().default(''),
});

const expectation = z.object({
  kubernetes_sd_config: z.object({
    role: z.enum(['pod', 'node', 'service', 'endpoints', 'endpointslice']),
    namespaces: z.object({ names: z.array(z.string()) }).optional(),
    selectors: z.array(selector).default([]),
    attach_metadata: z.object({ node: z.boolean() }).optional(),
  }),
  targets: z.array(z.record(z.string(), z.string())),
});

export type Expectation = z.infer<typeof expectation>;

/** The roles for which there are fixtures. */
export type RecordedRole = Exclude<Role, 'ingress'>;

const FILES: Readonly<Record<RecordedRole, string>> = {
  pod: 'pods',
  node: 'nodes',
  service: 'services',
  endpoints: 'endpoints',
  endpointslice: 'endpointslices',
};

/** All objects of one kind, as they were sent. */
export function rawObjects(kind: RecordedRole): readonly unknown[] {
  return rawList(readJson(`objects/${FILES[kind]}.json`), 'items');
}

export function readExpectation(file: string): Expectation {
  return expectation.parse(readJson(`expected/${file}`));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, FOLDER), 'utf8'));
}
