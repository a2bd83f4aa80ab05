// The chart, rendered by the real helm. Each rendering is made once for all tests of a file.

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { named, type Manifest } from './manifests.ts';

const run = promisify(execFile);

export const CHART = join(import.meta.dirname, '..', '..', 'deploy', 'helm', 'pullway');

/** Of releases in the tests. */
export const RELEASE = 'pullway';
export const NAMESPACE = 'metrics';

const SUFFIX = '-values.yaml';

/** The value files of the chart, without `-values.yaml`. */
export const VALUE_FILES: readonly string[] = readdirSync(join(CHART, 'ci'))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .toSorted();

export interface Values {
  /** One of VALUE_FILES. */
  readonly file?: string;
  /** As after `--set-json`: `proxy.replicas=2`. */
  readonly set?: readonly string[];
  /** Name of the release; RELEASE when there is none. */
  readonly release?: string;
}

const renderings = new Map<string, Promise<readonly Manifest[]>>();

/** The objects that a release with `values` consists of, those of its tests included. Rejects with what helm says. */
export function renderChart(helm: string, values: Values): Promise<readonly Manifest[]> {
  const args = [values.release ?? RELEASE, CHART, `--namespace=${NAMESPACE}`, ...valueFlags(values)];
  const key = args.join(' ');
  const rendering = renderings.get(key) ?? template(helm, args);
  renderings.set(key, rendering);
  return rendering;
}

export function valueFlags({ file, set = [] }: Values): readonly string[] {
  const values = file === undefined ? [] : [`--values=${join(CHART, 'ci', file + SUFFIX)}`];
  return [...values, ...set.map((setting) => `--set-json=${setting}`)];
}

/** What helm prints for `args`, with no access to any cluster unless `env` names one. Rejects with what helm says. */
export async function runHelm(
  helm: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { env: { ...process.env, KUBECONFIG: '/dev/null', ...env }, maxBuffer: 16 * 1024 * 1024 };
  return (await run(helm, args, options)).stdout;
}

async function template(helm: string, args: readonly string[]): Promise<readonly Manifest[]> {
  return parseManifests(await runHelm(helm, ['template', ...args]));
}

/** The configuration file of the agents called `name`. */
export function configurationOf(manifests: readonly Manifest[], name: string): string {
  const text = named(manifests, 'ConfigMap', name).data?.['agent.yml'];
  if (text === undefined) throw new Error(`the ConfigMap ${name} has no agent.yml`);
  return text;
}

/** Every document of `text`; a field that is given twice is an error. */
export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    for (const error of document.errors) throw error;
    const manifest: unknown = document.toJS();
    return manifest === null ? [] : [manifest as Manifest];
  });
}
