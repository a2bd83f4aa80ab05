// Values: each file of the chart is taken, and what is wrong is refused with a message that says where.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { CHART, renderChart, runHelm, VALUE_FILES, valueFlags } from '../support/chart.ts';
import { requireProgram } from '../support/real-program.ts';

for (const file of VALUE_FILES) {
  test(`${file}: helm lint has nothing to say`, async (t) => {
    const helm = requireProgram(t, 'helm');
    if (helm === undefined) return;
    const said = await runHelm(helm, ['lint', '--strict', CHART, ...valueFlags({ file })]);
    const remarks = said.split('\n').filter((line) => /^\[(?:WARNING|ERROR|INFO)\]/.test(line));
    assert.deepEqual(remarks, ['[INFO] Chart.yaml: icon is recommended']);
  });
}

test('values.yaml and the schema name the same values, and a template uses each', async () => {
  const values: unknown = parse(await readFile(join(CHART, 'values.yaml'), 'utf8'));
  const schema = JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
  const folder = join(CHART, 'templates');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
  const templates = texts.join('\n');
  const names = valueNames(values, schema, { root: schema, path: '' });
  assert.ok(names.length > 100);
  // `a.b.c` in a template, or "c" where names are looked up.
  const unused = names.filter((path) => {
    const name = path.slice(path.lastIndexOf('.') + 1);
    return !new RegExp(`[."]${name}\\b`).test(templates);
  });
  assert.deepEqual(unused, []);
});

test('the chart is of the version of the programs', async () => {
  const chart: unknown = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8'));
  const { version } = JSON.parse(await readFile(join(CHART, '../../../package.json'), 'utf8')) as { version: string };
  assert.equal((chart as { readonly appVersion: string }).appVersion, version);
});

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** Definitions whose fields are those of Kubernetes or of a file, and go there as they are. */
const PASSED_ON: ReadonlySet<string> = new Set(['resources', 'probe', 'webConfiguration']);

/** Paths of all values; throws where the schema has other names than `values`. */
function valueNames(
  values: unknown,
  schema: Schema,
  { root, path }: { readonly root: Schema; readonly path: string },
): readonly string[] {
  const definition = schema.$ref?.replace('#/definitions/', '') ?? '';
  const { properties, additionalProperties } = root.definitions?.[definition] ?? schema;
  if (properties === undefined || PASSED_ON.has(definition) || path.endsWith('.config')) return [path];
  const fields = values as Readonly<Record<string, unknown>>;
  assert.equal(additionalProperties, path === '.global' ? undefined : false, `${path} takes anything`);
  assert.deepEqual(Object.keys(fields).toSorted(), Object.keys(properties).toSorted(), path);
  return Object.entries(properties).flatMap(([name, property]) =>
    valueNames(fields[name], property, { root, path: `${path}.${name}` }),
  );
}

/** Values that are refused, and what of the message says where. */
const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a misspelt value', ['proxy.replcas=2'], /at '\/proxy'.*'replcas' not allowed/],
  ['a misspelt value deep down', ['agent.node.serviceAccount.nmae="a"'], /at '\/agent\/node\/serviceAccount'.*'nmae'/],
  ['a misspelt role', ['agnet.enabled=true'], /'agnet' not allowed/],
  ['a text where a number belongs', ['proxy.replicas="2"'], /at '\/proxy\/replicas'/],
  ['no replica', ['proxy.replicas=0'], /at '\/proxy\/replicas'/],
  ['a log level that there is not', ['agent.log.level="verbose"'], /at '\/agent\/log\/level'/],
  ['a URL of a proxy without a scheme', ['agent.proxyUrls=["pullway.example.org"]'], /at '\/agent\/proxyUrls\/0'/],
  ['a URL of a proxy with a password', ['agent.proxyUrls=["https://a:b@c"]'], /at '\/agent\/proxyUrls\/0'/],
  ['a cluster in capitals', ['agent.cluster="PROD"'], /at '\/agent\/cluster'/],
  ['a cluster that ends with a dash', ['agent.cluster="prod-"'], /at '\/agent\/cluster'/],
  ['a name that no Service may have', ['fullnameOverride="Tunnel"'], /at '\/fullnameOverride'/],
  ['a list where a map belongs', ['commonLabels=["a"]'], /at '\/commonLabels'/],
  ['a label that is no text', ['commonLabels={"a":1}'], /at '\/commonLabels\/a'/],
  ['a field that no web configuration has', ['proxy.webConfiguration={"tls":{}}'], /'tls' not allowed/],
  ['a Service of another type', ['proxy.service.type="ExternalName"'], /at '\/proxy\/service\/type'/],
  ['a digest that is none', ['proxy.image.digest="latest"'], /at '\/proxy\/image\/digest'/],
  ['a default job that there is not', ['agent.disabledJobs=["kubernetes-pod"]'], /at '\/agent\/disabledJobs\/0'/],
  ['a namespace that is none', ['agent.namespaces=["Shop"]'], /at '\/agent\/namespaces\/0'/],
  [
    'one host for a pair',
    ['proxy.replicas=2', 'proxy.ingress.enabled=true', 'proxy.ingress.hosts=["a"]'],
    /proxy\.ingress\.hosts: name 2, one for each replica; there are 1/,
  ],
  [
    'one route for a pair',
    ['proxy.replicas=2', 'proxy.route.enabled=true', 'proxy.route.hostnames=["a"]'],
    /proxy\.route\.hostnames: name 2, one for each replica; there are 1/,
  ],
  [
    'one address for the two Services of a pair',
    ['proxy.replicas=2', 'proxy.tunnelService={"type":"LoadBalancer","loadBalancerIP":"192.0.2.1"}'],
    /proxy\.tunnelService\.loadBalancerIP: a pair has two of these Services/,
  ],
  [
    'one port of the nodes for the two Services of a pair',
    ['proxy.replicas=2', 'proxy.tunnelService={"type":"NodePort","nodePort":30001}'],
    /proxy\.tunnelService\.nodePort: a pair has two of these Services/,
  ],
  [
    'agents of no kind',
    ['agent.enabled=true', 'agent.node.enabled=false', 'agent.clusterLevel.enabled=false'],
    /agent: enable node, clusterLevel or both/,
  ],
  [
    'a job for all namespaces where the agent has some',
    [
      'agent.enabled=true',
      'agent.namespaces=["shop"]',
      'agent.clusterLevel.extraScrapeConfigs=[{"job_name":"own","kubernetes_sd_configs":[{"role":"pod"}]}]',
    ],
    /agent\.namespaces: the job own looks into all namespaces/,
  ],
  ['agents that know no proxy', ['proxy.enabled=false', 'agent.enabled=true'], /agent\.proxyUrls: name the URL/],
  [
    'agents without a token',
    ['proxy.enabled=false', 'agent.enabled=true', 'agent.proxyUrls=["https://a"]'],
    /agent\.token: give existingSecret/,
  ],
];

for (const [what, set, message] of REFUSED) {
  test(`${what} is refused, and the message says where`, async (t) => {
    const helm = requireProgram(t, 'helm');
    if (helm !== undefined) await assert.rejects(renderChart(helm, { set }), message);
  });
}
