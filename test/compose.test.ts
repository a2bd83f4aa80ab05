// deploy/compose without a Docker engine: what the file says of networks and mounts, and its command lines run as plain processes, with host names
// replaced by ports of loopback.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { runAgent } from './support/agent.ts';
import { hurried, readRepositoryFile, repositoryPath, withNames } from './support/deploy-files.ts';
import { runExporter } from './support/exporter.ts';
import { runNodeExporter } from './support/node-exporter.ts';
import { runConfiguredPrometheus } from './support/prometheus.ts';
import { runProxy } from './support/proxy.ts';
import { startAgent, startProxy } from './support/pullway-programs.ts';
import { requireProgram } from './support/real-program.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const FOLDER = 'deploy/compose';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  /** `SOURCE:TARGET:ro`, or the name of a volume in the place of the source. */
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  /** Names, or names and what they are called there. */
  readonly networks: readonly string[] | Readonly<Record<string, { readonly aliases: readonly string[] }>>;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const AGENTS = ['agent-shop', 'agent-plant'];

test('nothing but its agent reaches an exporter, and nothing but the proxy reaches an agent', async () => {
  const { services, networks } = await composeFile();
  const exporters = Object.keys(services).filter((name) => /^(shop|plant)-/.test(name));
  assert.deepEqual(exporters, ['shop-node-exporter', 'shop-pushgateway', 'plant-node-exporter']);
  for (const exporter of exporters) {
    const [network = '', ...others] = networksOf(services[exporter]);
    assert.deepEqual(others, [], `${exporter} is in one network`);
    assert.equal(networks[network]?.internal, true, `${network} has no way in or out`);
    assert.equal(services[exporter]?.ports, undefined);
    const neighbours = reachableFrom(services, exporter).filter((name) => !exporters.includes(name));
    assert.deepEqual(neighbours, [`agent-${network}`]);
  }
  for (const agent of AGENTS) {
    const neighbours = reachableFrom(services, agent).filter((name) => !exporters.includes(name));
    assert.deepEqual(neighbours, ['proxy']);
    assert.equal(services[agent]?.ports, undefined);
  }
  assert.deepEqual(reachableFrom(services, 'prometheus'), ['proxy', 'grafana']);
  for (const [name, { ports = [] }] of Object.entries(services)) {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, `${name} is open on this machine only`);
  }
});

test('every file that is mounted exists', async () => {
  const { services } = await composeFile();
  const sources = Object.values(services)
    .flatMap(({ volumes = [] }) => volumes)
    .map((volume) => volume.split(':')[0] ?? '')
    .filter((source) => source.startsWith('.'));
  assert.ok(sources.length > 5);
  for (const source of sources) {
    const path = join(FOLDER, source);
    assert.ok(existsSync(repositoryPath(path)), `${path} exists`);
  }
});

test('the command lines and files of proxy and agents are accepted by the programs', async () => {
  const { services } = await composeFile();
  for (const name of ['proxy', ...AGENTS]) {
    const start = name === 'proxy' ? startProxy : startAgent;
    const program = start([...commandOnHost(services[name]), '--config.check']);
    assert.equal((await program.ended).code, 0, program.output);
  }
});

test('run as plain processes, they make all targets of the Prometheus come up', async (t) => {
  const prometheusPath = requireProgram(t, 'prometheus');
  const exporterPath = requireProgram(t, 'prometheus-node-exporter');
  if (prometheusPath === undefined || exporterPath === undefined) return;
  const { services } = await composeFile();
  const [nodeExporter, pushgateway] = await Promise.all([runNodeExporter(t, exporterPath), runExporter(t)]);
  const proxy = await runProxy(t, {
    isInsecure: false,
    flags: replaced(commandOnHost(services['proxy']), {
      '--web.listen-address=:8080': undefined,
      '--tunnel.listen-address=:8081': '--tunnel.listen-address=127.0.0.1:0',
    }),
  });
  const hosts = { 'node-exporter:9100': `127.0.0.1:${nodeExporter}`, 'pushgateway:9091': pushgateway.hostPort };
  for (const name of AGENTS) {
    const command = await withHosts(t, commandOnHost(services[name]), hosts);
    await runAgent(t, {
      name,
      proxies: [`http://127.0.0.1:${proxy.tunnelPort}`],
      flags: replaced(command, { '--proxy.url=http://proxy:8081': undefined, [`--agent.name=${name}`]: undefined }),
    });
  }
  await proxy.hasAgents(2);
  const text = withNames(await readRepositoryFile(join(FOLDER, 'prometheus.yml')), {
    'proxy:8080': `127.0.0.1:${proxy.port}`,
  });
  const prometheus = await runConfiguredPrometheus(t, prometheusPath, hurried(text));
  await prometheus.hasUp([
    'pullway-agent agent-shop.shop:9369',
    'pullway-agent agent-plant.plant:9369',
    `node agent-shop.shop:${nodeExporter}`,
    `pushgateway agent-shop.shop:${pushgateway.port}`,
    `static agent-plant.plant:${nodeExporter}`,
    `pullway-proxy 127.0.0.1:${proxy.port}`,
  ]);
});

async function composeFile(): Promise<ComposeFile> {
  return parse(await readRepositoryFile(join(FOLDER, 'compose.yml')), { merge: true });
}

function networksOf(service: Service | undefined): readonly string[] {
  const networks = service?.networks ?? [];
  return Array.isArray(networks) ? networks : Object.keys(networks);
}

/** The services that share a network with `name`. */
function reachableFrom(services: ComposeFile['services'], name: string): readonly string[] {
  const own = networksOf(services[name]);
  const shares = (service: Service): boolean => networksOf(service).some((network) => own.includes(network));
  return Object.keys(services).filter((other) => other !== name && shares(services[other] as Service));
}

/** The command of a service with the files of this machine in the place of those that are mounted from them. */
function commandOnHost({ command = [], volumes = [] }: Service = { image: '', networks: [] }): readonly string[] {
  const mounts = volumes.map((volume) => volume.split(':'));
  return command.map((flag) => {
    const mount = mounts.find(([, target = '']) => flag.endsWith(`=${target}`));
    if (mount === undefined) return flag;
    const [source = '', target = ''] = mount;
    return flag.replace(target, repositoryPath(join(FOLDER, source)));
  });
}

/** `flags` with some replaced or, where there is nothing in their place, left out; each of these has to be there. */
function replaced(flags: readonly string[], changes: Readonly<Record<string, string | undefined>>): readonly string[] {
  for (const flag of Object.keys(changes)) assert.ok(flags.includes(flag), `${flag} is given`);
  return flags.map((flag) => (flag in changes ? changes[flag] : flag)).filter((flag) => flag !== undefined);
}

/** `command` with other names for hosts, in its flags and in its configuration file. */
async function withHosts(
  t: TestContext,
  command: readonly string[],
  hosts: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const rename = (text: string): string =>
    Object.entries(hosts).reduce((renamed, [name, host]) => renamed.replaceAll(name, host), text);
  return Promise.all(
    command.map(async (flag) => {
      const [, configFile] = /^--config\.file=(.*)/.exec(flag) ?? [];
      if (configFile === undefined) return rename(flag);
      const file = join(await temporaryFolder(t), 'agent.yml');
      await writeFile(file, rename(await readFile(configFile, 'utf8')));
      return `--config.file=${file}`;
    }),
  );
}
