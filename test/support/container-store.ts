// A store of images and containers that is gone when its tests end: buildah and podman work in a folder of their own. It knows no image.
// A mount that is left in the folder would take the deletion to whatever is mounted there, so none may be.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

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
  readonly #closing = new AbortController();
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
    return this.#execute(this.#programs.buildah, [...this.#options(), ...args], this.#closing.signal);
  }

  podman(...args: readonly string[]): Promise<string> {
    const [command = '', ...options] = this.podmanCommand(...args);
    return this.#execute(command, options, this.#closing.signal);
  }

  /** Program and arguments, to be started with `environment`. */
  podmanCommand(...args: readonly string[]): readonly string[] {
    return [this.#programs.podman, ...this.#options(), '--tmpdir', join(this.folder, 'podman'), ...args];
  }

  /**
   * Ends all containers and what still builds, unmounts what is mounted in the folder, and deletes it. Rejects, and leaves the folder, where
   * something stays mounted.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    const [podman = '', ...args] = this.podmanCommand('rm', '--all', '--force', '--time', '0');
    await this.#execute(podman, args).catch(() => undefined);
    await this.#execute(this.#programs.buildah, [...this.#options(), 'rm', '--all']).catch(() => undefined);
    // A build that was just ended may hold its mounts for a moment.
    await eventually(async () => {
      for (const mount of await this.#mounts()) await execute('umount', [mount]).catch(() => undefined);
      assert.deepEqual(await this.#mounts(), [], 'these are still mounted, so that nothing is deleted');
    });
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

  async #execute(program: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
    const env = { ...process.env, ...this.environment };
    const options = { env, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, ...(signal && { signal }) } as const;
    const { stdout } = await execute(program, args, options);
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
