// A Secret or a ConfigMap in a folder, as the kubelet mounts it: the files are links to links, and an update swaps one of them.

import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export class MountedVolume {
  readonly #folder: string;
  #version = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Puts `files` in place of those before, all at once. Names of files stay the same. */
  async fill(files: Readonly<Record<string, string>>): Promise<void> {
    const isFirst = this.#version === 0;
    this.#version += 1;
    const version = `..version_${this.#version}`;
    await mkdir(join(this.#folder, version), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.#folder, version, name), text);
    await symlink(version, join(this.#folder, '..data_tmp'));
    await rename(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'));
    if (!isFirst) return;
    for (const name of Object.keys(files)) await symlink(join('..data', name), join(this.#folder, name));
  }
}
