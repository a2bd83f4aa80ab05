// One container as an operator who trusts nobody runs it: read-only, without capabilities, on the network of the machine.

import { readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { startProgram, type ChildProgram } from './child-program.ts';
import type { ContainerStore } from './container-store.ts';
import { endWith } from './program.ts';

const LOCKED =
  '--network=host --pull=never --read-only --read-only-tmpfs=false --cap-drop=all --security-opt=no-new-privileges'.split(
    ' ',
  );

export interface RunContainerOptions {
  /** Also the name of the container. */
  readonly name: string;
  readonly image: string;
  /** Flags of the program. */
  readonly flags: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A folder that the container sees, and cannot write to, at /etc/pullway. */
  readonly configuration: string;
}

export class Container {
  /** `podman run`: its output and its exit code are those of the container. */
  readonly run: ChildProgram;
  readonly #store: ContainerStore;
  readonly #name: string;

  constructor(store: ContainerStore, name: string, run: ChildProgram) {
    this.#store = store;
    this.#name = name;
    this.run = run;
  }

  /** Sends `signal` to the first process of the container. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.#store.podman('kill', '--signal', signal, this.#name);
  }

  /** Whether the command of the image's HEALTHCHECK, run in the container, ends with 0. */
  async isHealthy(): Promise<boolean> {
    try {
      await this.#store.podman('healthcheck', 'run', this.#name);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 1) return false;
      throw error;
    }
  }

  /** What the kernel says of its first process: fields of `/proc/PID/status`, and how its root is mounted. */
  async confinement(): Promise<{
    readonly status: ReadonlyMap<string, string>;
    readonly rootOptions: readonly string[];
  }> {
    const pid = await this.#store.podman('inspect', '--format', '{{.State.Pid}}', this.#name);
    const [status, mounts] = await Promise.all(
      ['status', 'mounts'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
    );
    const fields = (status ?? '').split('\n').map((line) => line.split(/:\s+/, 2));
    const root = (mounts ?? '').split('\n').find((line) => line.split(' ')[1] === '/');
    return {
      status: new Map(fields.map(([name = '', value = '']) => [name, value])),
      rootOptions: root?.split(' ')[3]?.split(',') ?? [],
    };
  }
}

/** Starts a container that ends with `test`. */
export function runContainer(
  test: TestContext,
  store: ContainerStore,
  { name, image, flags, env = {}, configuration }: RunContainerOptions,
): Container {
  const variables = Object.entries(env).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]);
  const volume = ['--volume', `${configuration}:/etc/pullway:ro`];
  const args = ['run', '--rm', '--name', name, ...LOCKED, ...variables, ...volume, image, ...flags];
  const [command = '', ...options] = store.podmanCommand(...args);
  test.after(() => store.podman('rm', '--force', '--ignore', '--time', '0', name));
  return new Container(store, name, endWith(test, startProgram(name, command, options, store.environment)));
}
