// What an image holds, file by file, and what it asks of whoever runs it.

import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ContainerStore } from './container-store.ts';

export interface ImageFile {
  /** From the root of the image, with a slash in front. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 of what is no file. */
  readonly size: number;
}

export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** Everything below the root of `image`. */
export async function imageFiles(store: ContainerStore, image: string): Promise<readonly ImageFile[]> {
  const container = await store.buildah('from', '--pull-never', image);
  const root = await store.buildah('mount', container);
  // With types, because without them Node goes through links to folders.
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = await Promise.all(entries.map(({ parentPath, name }) => imageFile(root, join(parentPath, name))));
  await store.buildah('rm', container);
  return files;
}

export async function imageConfig(store: ContainerStore, image: string): Promise<ImageConfig> {
  return JSON.parse(await store.buildah('inspect', '--type', 'image', image)).Docker.config;
}

async function imageFile(root: string, file: string): Promise<ImageFile> {
  const found = await lstat(file);
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other';
  const { uid, gid } = found;
  const size = kind === 'file' ? found.size : 0;
  return { path: `/${relative(root, file)}`, kind, mode: found.mode & 0o7777, uid, gid, size };
}
