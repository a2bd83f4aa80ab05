// A store of images and containers that is gone when its tests end: buildah and podman work in a folder of their own. It knows no image.
// A mount that is left in the folder would take the deletion to whatever is mounted there, so none may be.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Output that is kept of one command, in bytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What Debian's podman would do otherwise: ask systemd for cgroups, and raise limits that a sandbox does not let it raise. */
const CONTAINERS_CONF = `[containers]
default_ulimits = []
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "runc"
`;

export interface ContainerPrograms {
  readonly buildah: string;
  readonly podman: string;
}

export class ContainerStore {
  readonly folder: string;
  readonly #programs: ContainerPrograms;
  #driver = 'vfs';

  constructor(programs: ContainerPrograms, folder: string) {
    this.#programs = programs;
    this.folder = folder;
  }

  /** What buildah and podman need in their environment. */
  get environment(): Readonly<Record<string, string>> {
    return { TMPDIR: join(this.folder, 'tmp'), CONTAINERS_CONF: join(this.folder, 'containers.conf') };
  }

  async prepare(): Promise<void> {
    await mkdir(join(this.folder, 'tmp'));
    await writeFile(join(this.folder, 'containers.conf'), CONTAINERS_CONF);
    // Layers are copied whole where the file system of the folder cannot be the base of an overlay.
    const overlay = ['--root', join(this.folder, 'probe'), '--storage-driver', 'overlay', 'info'];
    const isOverlay = await this.#execute(this.#programs.buildah, overlay).then(
      () => true,
      () => false,
    );
    this.#driver = isOverlay ? 'overlay' : 'vfs';
  }

  /** @returns what buildah wrote to stdout, without the line feed at its end */
  buildah(...args: readonly string[]): Promise<string> {
    return this.#execute(this.#programs.buildah, [...this.#options(), ...args]);
  }

  podman(...args: readonly string[]): Promise<string> {
    const [command = '', ...options] = this.podmanCommand(...args);
    return this.#execute(command, options);
  }

  /** Program and arguments, to be started with `environment`. */
  podmanCommand(...args: readonly string[]): readonly string[] {
    return [this.#programs.podman, ...this.#options(), '--tmpdir', join(this.folder, 'podman'), ...args];
  }

  /** Ends all containers, unmounts what is mounted in the folder, and deletes it; leaves it where something stays mounted. */
  async close(): Promise<void> {
    await this.podman('rm', '--all', '--force', '--time', '0').catch(() => undefined);
    await this.buildah('rm', '--all').catch(() => undefined);
    for (const mount of await this.#mounts()) await execute('umount', [mount]).catch(() => undefined);
    const left = await this.#mounts();
    if (left.length > 0) throw new Error(`not deleted, because these are still mounted: ${left.join(', ')}`);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #options(): readonly string[] {
    return [
      '--root',
      join(this.folder, 'root'),
      '--runroot',
      join(this.folder, 'run'),
      '--storage-driver',
      this.#driver,
    ];
  }

  async #execute(program: string, args: readonly string[]): Promise<string> {
    const env = { ...process.env, ...this.environment };
    const { stdout } = await execute(program, args, { env, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES });
    return stdout.trimEnd();
  }

  /** What is mounted in the folder, the last mounted first. */
  async #mounts(): Promise<readonly string[]> {
    const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
    const points = lines.map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '));
    return points.filter((point) => point.startsWith(`${this.folder}/`)).toReversed();
  }
}

/** A new, empty store in a temporary folder; close() it. */
export async function openContainerStore(programs: ContainerPrograms): Promise<ContainerStore> {
  const store = new ContainerStore(programs, await mkdtemp(join(tmpdir(), 'pullway-containers-')));
  await store.prepare();
  return store;
}
