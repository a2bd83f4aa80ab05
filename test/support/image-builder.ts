// Builds the images of the Dockerfile where there is no daemon and no registry of images: the base that the Dockerfile asks for is made
// here, of Debian's packages and the Node that runs this.

import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  cp,
  lstat,
  mkdir,
  readFile,
  realpath,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ContainerStore } from './container-store.ts';
import { debianSource } from './debian-source.ts';

const execute = promisify(execFile);

const ROOT = join(import.meta.dirname, '..', '..');
export const DOCKERFILE = join(ROOT, 'deploy', 'images', 'Dockerfile');

/** Where the build finds the certificates of the registry, if that has its own. */
const CA_SECRET = '/run/secrets/ca-bundle';

export const PROGRAMS = ['proxy', 'agent'] as const;
export type Program = (typeof PROGRAMS)[number];

/** The name of the image of `program` in the store. */
export function imageName(program: Program): string {
  return `ghcr.io/pullway/${program}:test`;
}

/** Makes the base under the name that the Dockerfile gives it: what `debootstrap` calls minimal, unpacked only, with Node and npm. */
export async function makeBase(store: ContainerStore, debootstrap: string): Promise<void> {
  const container = await store.buildah('from', 'scratch');
  const root = await store.buildah('mount', container);
  const { mirror, release } = await debianSource();
  await execute(debootstrap, ['--foreign', '--variant=minbase', release, root, mirror], {
    maxBuffer: 16 * 1024 * 1024,
  });
  await completeSystem(root);
  await addNode(root);
  await store.buildah('commit', '--quiet', '--rm', container, await baseName());
}

/** Builds the image of `program`; what both images share is built with the first one. */
export async function buildImage(store: ContainerStore, program: Program, version: string): Promise<void> {
  const options = [
    '--isolation=chroot',
    // That of OCI has no HEALTHCHECK.
    '--format=docker',
    '--layers',
    '--pull-never',
    '--timestamp=0',
    `--build-arg=VERSION=${version}`,
    `--target=${program}`,
    `--tag=${imageName(program)}`,
    `--file=${DOCKERFILE}`,
  ];
  await store.buildah('bud', ...options, ...(await registrySecrets(store.folder)), ROOT);
}

async function baseName(): Promise<string> {
  const name = /^ARG NODE_IMAGE=(\S+)$/m.exec(await readFile(DOCKERFILE, 'utf8'))?.[1];
  if (name === undefined) throw new Error('the Dockerfile names no base');
  return name;
}

/** What the packages would do themselves if they were not only unpacked, as far as a build needs it; and without what it does not need. */
async function completeSystem(root: string): Promise<void> {
  // In a container, debootstrap leaves a link to /proc, on which nothing can be mounted.
  const proc = join(root, 'proc');
  if ((await lstat(proc)).isSymbolicLink()) {
    await unlink(proc);
    await mkdir(proc);
  }
  for (const name of ['passwd', 'group']) {
    await copyFile(join(root, 'usr', 'share', 'base-passwd', `${name}.master`), join(root, 'etc', name));
  }
  for (const folder of ['var/cache/apt/archives', 'usr/share/man', 'usr/share/locale']) {
    await rm(join(root, folder), { recursive: true, force: true });
  }
}

async function addNode(root: string): Promise<void> {
  const folder = join(root, 'usr', 'local');
  const modules = join(folder, 'lib', 'node_modules');
  const { stdout } = await execute('sh', ['-c', 'command -v npm']);
  const npm = dirname(dirname(await realpath(stdout.trim())));
  await mkdir(join(folder, 'bin'), { recursive: true });
  await mkdir(modules, { recursive: true });
  await copyFile(process.execPath, join(folder, 'bin', 'node'));
  await chmod(join(folder, 'bin', 'node'), 0o755);
  await cp(npm, join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(folder, 'bin', name));
  }
}

/** How this machine reaches the registry of npm, as secrets of the build: they are in no layer. */
async function registrySecrets(folder: string): Promise<readonly string[]> {
  const [registry, userFile, globalFile, ownAuthority] = await Promise.all(
    ['registry', 'userconfig', 'globalconfig', 'cafile'].map(npmSetting),
  );
  const files = await Promise.all([userFile, globalFile].map((file) => readFile(file ?? '', 'utf8').catch(() => '')));
  const credentials = files.flatMap((text) => text.split('\n').filter((line) => line.startsWith('//')));
  const authority = ownAuthority ?? process.env['NODE_EXTRA_CA_CERTS'];
  const cafile = authority === undefined ? [] : [`cafile=${CA_SECRET}`];
  const npmrc = join(folder, 'npmrc');
  await writeFile(npmrc, `${[`registry=${registry}`, ...cafile, ...credentials].join('\n')}\n`, { mode: 0o600 });
  const secret = authority === undefined ? [] : [`--secret=id=ca-bundle,src=${authority}`];
  return [`--secret=id=npmrc,src=${npmrc}`, ...secret];
}

async function npmSetting(name: string): Promise<string | undefined> {
  const { stdout } = await execute('npm', ['config', 'get', name], { cwd: ROOT });
  const value = stdout.trim();
  return value === '' || value === 'null' || value === 'undefined' ? undefined : value;
}
