// The images: built from the Dockerfile as they are shipped, looked through file by file, and run as an operator would who trusts nobody.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { runContainer, type Container } from './support/container.ts';
import { openContainerStore, type ContainerStore } from './support/container-store.ts';
import { eventually } from './support/eventually.ts';
import { freePort } from './support/free-port.ts';
import { buildImage, DOCKERFILE, imageName, makeBase, PROGRAMS, type Program } from './support/image-builder.ts';
import { imageConfig, imageFiles } from './support/image-root.ts';
import { runNodeExporter } from './support/node-exporter.ts';
import { requireProgram } from './support/real-program.ts';
import { PASSWORD, scrapeOverTls, writeSecureConfiguration } from './support/secure-configuration.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..');
const USER = '65532:65532';

/** Two slow cores download and compile; in milliseconds. The whole run gives up after 240 s without a result. */
const BUILD_TIMEOUT_MS = 230_000;
/** What issue and README promise, in milliseconds. */
const MAX_STOP_MS = 5_000;
/** Promised are 180 MB; Node and its libraries have 130 of these. In bytes. */
const MAX_UNPACKED_BYTES = 150_000_000;

/** All that an image may hold. */
const WANTED = [
  /^\/usr\/local\/(bin\/node|LICENSE)$/,
  /^\/(usr\/)?lib(64)?\/([a-z0-9_]+-linux-gnu\/)?(ld-linux-[a-z0-9_-]+|lib[a-z+_]+)\.so\.\d+$/,
  /^\/usr\/share\/doc\/[^/]+\/copyright$/,
  /^\/etc\/(passwd|group|nsswitch\.conf)$/,
  /^\/app\/(LICENSE|package\.json|dist\/.*\.js)$/,
  /^\/app\/node_modules\/.*(\.(js|cjs|mjs|json)|\/(licen[cs]e|notice|copying)[^/]*)$/i,
];

/** Of a proxy: its configuration, and its port at 127.0.0.1. */
interface Place {
  readonly folder: string;
  readonly port: number;
}

let images: Promise<ContainerStore> | undefined;
let store: ContainerStore | undefined;

after(() => store?.close());

/** The store with both images, built by whoever asks first; undefined where `test` is skipped. */
async function builtImages(test: TestContext): Promise<ContainerStore | undefined> {
  if (process.getuid?.() !== 0) {
    test.skip('needs root');
    return undefined;
  }
  const programs = ['buildah', 'podman', 'runc', 'debootstrap'].map((name) => requireProgram(test, name));
  const [buildah, podman, runc, debootstrap] = programs;
  if (buildah === undefined || podman === undefined || runc === undefined || debootstrap === undefined)
    return undefined;
  images ??= (async () => {
    store = await openContainerStore({ buildah, podman });
    await makeBase(store, debootstrap);
    for (const program of PROGRAMS) await buildImage(store, program, await version());
    return store;
  })();
  return images;
}

async function version(): Promise<string> {
  return JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version;
}

/** What the first line of a program asks for: variables, and flags of Node. */
async function firstLine(program: Program): Promise<{ readonly variables: string[]; readonly flags: string[] }> {
  const source = await readFile(join(ROOT, 'packages', program, 'src', 'main.ts'), 'utf8');
  const words = /^#!\/usr\/bin\/env -S (.*)/.exec(source)?.[1]?.split(' ') ?? [];
  const node = words.indexOf('node');
  assert.ok(node >= 0, `${program}: the first line starts Node`);
  return { variables: words.slice(0, node), flags: words.slice(node + 1) };
}

test('the Dockerfile starts the programs as their first lines do, and builds with the pnpm of the workspace', async () => {
  const dockerfile = await readFile(DOCKERFILE, 'utf8');
  for (const program of PROGRAMS) {
    const { variables, flags } = await firstLine(program);
    const stage = dockerfile.split(/^FROM /m).find((text) => text.startsWith(`runtime AS ${program}\n`)) ?? '';
    const entry: unknown = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(stage)?.[1] ?? 'null');
    assert.deepEqual(entry, ['/usr/local/bin/node', ...flags, '/app/dist/main.js'], program);
    for (const variable of variables) assert.ok(dockerfile.includes(`\nENV ${variable}\n`), `${program}: ${variable}`);
  }
  const toolchain = await readFile(join(ROOT, 'scripts', 'toolchain.mjs'), 'utf8');
  const pnpm = /--package=pnpm@([\d.]+)/.exec(toolchain)?.[1];
  assert.ok(dockerfile.includes(`\nARG PNPM_VERSION=${pnpm}\n`), `pnpm ${pnpm}`);
});

test('both images build from the Dockerfile without a daemon', { timeout: BUILD_TIMEOUT_MS }, async (t) => {
  const built = await builtImages(t);
  if (built === undefined) return;
  for (const program of PROGRAMS) {
    const { User, Entrypoint, Env, Labels, ExposedPorts } = await imageConfig(built, imageName(program));
    const { variables, flags } = await firstLine(program);
    assert.equal(User, USER);
    assert.deepEqual(Entrypoint, ['/usr/local/bin/node', ...flags, '/app/dist/main.js']);
    assert.deepEqual(
      Env.filter((text) => !text.startsWith('PATH=')),
      variables,
    );
    assert.deepEqual(Object.keys(ExposedPorts), program === 'proxy' ? ['8080/tcp', '8081/tcp'] : ['9369/tcp']);
    assert.equal(Labels['org.opencontainers.image.title'], `pullway-${program}`);
    assert.equal(Labels['org.opencontainers.image.version'], await version());
    assert.equal(Labels['org.opencontainers.image.licenses'], 'Apache-2.0');
  }
});

test('an image holds Node, its libraries and production files, and nothing that its user could change', async (t) => {
  const built = await builtImages(t);
  if (built === undefined) return;
  for (const program of PROGRAMS) {
    const found = await imageFiles(built, imageName(program));
    const files = found.filter(({ kind }) => kind === 'file');
    assert.deepEqual(
      files.map(({ path }) => path).filter((path) => !WANTED.some((pattern) => pattern.test(path))),
      [],
      'no shell, no package manager, no compiler, no sources, no maps',
    );
    assert.deepEqual(
      found.filter(({ uid, gid, mode, kind }) => uid !== 0 || gid !== 0 || (kind !== 'link' && (mode & 0o7022) !== 0)),
      [],
      'all of it belongs to root, who alone may write',
    );
    const packages = found.flatMap(({ path }) => /^\/app\/node_modules\/\.pnpm\/([^/]+)$/.exec(path)?.[1] ?? []);
    const forDevelopers = /^(typescript|knip|ox|fast-check|node-linux|@types\+|pnpm@|npm@)/;
    assert.ok(packages.some((name) => name.startsWith('ws@')));
    assert.deepEqual(
      packages.filter((name) => forDevelopers.test(name)),
      [],
    );
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    assert.ok(bytes < MAX_UNPACKED_BYTES, `${program}: ${bytes} bytes`);
    const ofProgram = files.reduce((sum, { path, size }) => sum + (path.startsWith('/app/') ? size : 0), 0);
    t.diagnostic(
      `${program}: ${megabytes(bytes)} unpacked, ${megabytes(ofProgram)} of it the program and its packages`,
    );
  }
});

test('proxy and agent scrape a node_exporter from two locked containers, tell their health, and stop at SIGTERM', async (t) => {
  const nodeExporter = requireProgram(t, 'prometheus-node-exporter');
  const openssl = requireProgram(t, 'openssl');
  const built = await builtImages(t);
  if (nodeExporter === undefined || openssl === undefined || built === undefined) return;
  const folder = await temporaryFolder(t);
  const ca = await writeSecureConfiguration(openssl, folder);
  const exporter = await runNodeExporter(t, nodeExporter);
  const port = await freePort();
  const proxy = await startProxy(t, built, { folder, port });
  const agent = await startAgent(t, built, { folder, port, target: `127.0.0.1:${exporter}` });

  const url = `http://client:${exporter}/metrics`;
  await eventually(async () => {
    const { status, body } = await scrapeOverTls({ port, ca, url, password: PASSWORD });
    assert.equal(status, 200, body);
    assert.match(body, /^node_uname_info\{/m);
  });
  assert.equal((await scrapeOverTls({ port, ca, url, password: 'wrong' })).status, 407);

  for (const container of [proxy, agent]) await assertIsLocked(container);
  assert.ok(await proxy.isHealthy(), 'the proxy, where its flags say and over TLS');
  assert.ok(await agent.isHealthy(), 'the agent, where its variable says');
  await agent.signal('SIGSTOP');
  assert.ok(!(await agent.isHealthy()), 'an agent that hangs is not healthy');
  await agent.signal('SIGCONT');
  for (const container of [proxy, agent]) await assertStops(t, container);
});

async function startProxy(t: TestContext, built: ContainerStore, { folder, port }: Place): Promise<Container> {
  const proxy = runContainer(t, built, {
    name: 'pullway-proxy',
    image: imageName('proxy'),
    flags: [
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.config.file=/etc/pullway/web.yml',
      '--config.file=/etc/pullway/proxy.yml',
    ],
    configuration: folder,
  });
  await reportStart(t, proxy, /msg=listening /);
  return proxy;
}

async function startAgent(
  t: TestContext,
  built: ContainerStore,
  { folder, port, target }: Place & { readonly target: string },
): Promise<Container> {
  const agent = runContainer(t, built, {
    name: 'pullway-agent',
    image: imageName('agent'),
    flags: [
      `--proxy.url=https://127.0.0.1:${port}/`,
      '--proxy.token-file=/etc/pullway/token',
      '--proxy.ca-file=/etc/pullway/ca.crt',
      '--agent.name=client',
      `--target=${target}`,
    ],
    env: { PULLWAY_WEB_LISTEN_ADDRESS: `127.0.0.1:${await freePort()}` },
    configuration: folder,
  });
  await reportStart(t, agent, /\bstatus_port=\d/);
  return agent;
}

/** What `--read-only`, `--cap-drop`, `no-new-privileges` and the user of the image come to. */
async function assertIsLocked(container: Container): Promise<void> {
  const { status, rootOptions } = await container.confinement();
  const none = '0'.repeat(16);
  assert.ok(rootOptions.includes('ro'), 'the root is read-only');
  assert.match(status.get('Uid') ?? '', /^65532\t65532\t/);
  assert.match(status.get('Gid') ?? '', /^65532\t65532\t/);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.equal(status.get(set), none, set);
  assert.equal(status.get('NoNewPrivs'), '1');
  assert.match(status.get('NSpid') ?? '', /\t1$/, 'Node is the first process');
}

async function assertStops(t: TestContext, container: Container): Promise<void> {
  const { name, ended } = container.run;
  const askedAt = performance.now();
  await container.signal('SIGTERM');
  assert.deepEqual(await ended, { code: 0, signal: null }, container.run.output);
  const milliseconds = Math.round(performance.now() - askedAt);
  assert.ok(milliseconds < MAX_STOP_MS, `${name} took ${milliseconds} ms to stop`);
  t.diagnostic(`${name}: stopped ${milliseconds} ms after SIGTERM`);
}

async function reportStart(t: TestContext, container: Container, listening: RegExp): Promise<void> {
  const startedAt = performance.now();
  await container.run.outputMatching(listening, 60_000);
  const milliseconds = Math.round(performance.now() - startedAt);
  t.diagnostic(`${container.run.name}: listens ${milliseconds} ms after \`podman run\``);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
