// What the files of deploy/prometheus ask of a Prometheus, in its own words: those for the Operator and for other programs are put into its
// configuration as these would do it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { readRepositoryFile, repositoryPath } from './deploy-files.ts';

/** Of the files. */
const FOLDER = 'deploy/prometheus';

type Fields = Readonly<Record<string, unknown>>;

/** What is `NAME.yml` of deploy/prometheus, for Prometheus itself. */
export function prometheusExample(name: string): Promise<string> {
  return readRepositoryFile(`${FOLDER}/${name}.yml`);
}

/** The configuration that a collector gives to the Prometheus inside it: after its own replacement of `$$`. */
export async function collectorExample(): Promise<string> {
  const file: { receivers: { prometheus: { config: Fields } } } = parse(await prometheusExample('otel-collector'));
  return stringify(file.receivers.prometheus.config).replaceAll('$$', '$');
}

/** What kube-prometheus-stack appends to the configuration that the Operator makes. */
export async function stackExample(): Promise<string> {
  const file: { prometheus: { prometheusSpec: { additionalScrapeConfigs: Fields } } } = parse(
    await prometheusExample('kube-prometheus-stack-values'),
  );
  return stringify({ scrape_configs: file.prometheus.prometheusSpec.additionalScrapeConfigs });
}

/** The ScrapeConfig that the addition to kube-prometheus makes, by `jsonnet`. */
export async function kubePrometheusExample(jsonnet: string): Promise<string> {
  const { scrapeConfig } = await kubePrometheusObjects(jsonnet);
  return asScrapeConfigs(scrapeConfig ?? {}, {});
}

/** All objects of the addition to kube-prometheus, by their names in it. */
async function kubePrometheusObjects(jsonnet: string): Promise<Readonly<Record<string, Fields>>> {
  const addition = repositoryPath(`${FOLDER}/kube-prometheus/pullway.libsonnet`);
  const code = `((import '${addition}') + { values+:: { common: { namespace: 'monitoring' } } }).pullway`;
  const { stdout } = await promisify(execFile)(jsonnet, ['--exec', code]);
  return JSON.parse(stdout);
}

/** The ScrapeConfig of `NAME.yml`; `secrets` has the values of the Secret that it refers to. */
export async function operatorExample(name: string, secrets: Readonly<Record<string, string>> = {}): Promise<string> {
  const documents = parseAllDocuments(await prometheusExample(name)).map((document): Fields => document.toJS());
  const scrapeConfig = documents.find(({ kind }) => kind === 'ScrapeConfig');
  if (scrapeConfig === undefined) throw new Error(`${name}.yml has no ScrapeConfig`);
  return asScrapeConfigs(scrapeConfig, secrets);
}

/**
 * What the Operator makes of it: it has Prometheus' own names in camel case, and `relabelings`; references to Secrets become values or files.
 * A name that Prometheus does not know is refused by Prometheus then.
 */
function asScrapeConfigs(scrapeConfig: Fields, secrets: Readonly<Record<string, string>>): string {
  const { metadata, spec } = scrapeConfig as { metadata: { namespace: string; name: string }; spec: Fields };
  const job = { job_name: `scrapeConfig/${metadata.namespace}/${metadata.name}`, ...renamed(spec, secrets) };
  return stringify({ scrape_configs: [job] });
}

function renamed(fields: Fields, secrets: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => renamedField(name, value, secrets)));
}

function renamedField(name: string, value: unknown, secrets: Readonly<Record<string, string>>): [string, unknown] {
  if (name === 'relabelings') return ['relabel_configs', value];
  if (name === 'ca') return ['ca_file', (value as { secret: { key: string } }).secret.key];
  if (Array.isArray(value)) return [snakeCase(name), value.map((entry) => renamed(entry, secrets))];
  if (typeof value !== 'object' || value === null) return [snakeCase(name), value];
  if ('key' in value) return [snakeCase(name), secrets[String(value.key)]];
  return [snakeCase(name), renamed({ ...value }, secrets)];
}

/** httpSDConfigs → http_sd_configs */
function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
