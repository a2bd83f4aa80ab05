// What a pod of the chart runs, made ready to be run here: its volumes in a temporary folder, its arguments and variables as the kubelet would
// give them, and ports that the system chooses.

import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import { programOf, type Manifest, type StartedPod } from './manifests.ts';
import { MountedVolume } from './mounted-volume.ts';
import { contentOf } from './pod-references.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Files = Readonly<Record<string, string>>;

export interface PodSurroundings {
  readonly manifests: readonly Manifest[];
  /** Content of what the user has, by name of the Secret or ConfigMap. */
  readonly users?: Readonly<Record<string, Files>>;
  /** The last change of a file's text. */
  readonly adapt?: (text: string, file: string) => string;
}

export interface PodProgram {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** By the names that the pod gives them. */
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** Text of the pod with its paths replaced by those of here. */
  readonly relocate: (text: string) => string;
}

/** What the downward API says of a pod. */
const FIELDS: Readonly<Record<string, string>> = { 'spec.nodeName': 'worker-1', 'metadata.name': 'pullway-7f9c-x2x4z' };

/** Every pod is told where the API server is. */
const KUBERNETES = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };

export async function preparePod(
  test: TestContext,
  pod: StartedPod,
  { manifests, users = {}, adapt = (text) => text }: PodSurroundings,
): Promise<PodProgram> {
  const folder = await temporaryFolder(test);
  const { args = [], env = [], volumeMounts = [] } = programOf(pod);
  const relocate = (text: string): string =>
    volumeMounts.reduce(
      (moved, { mountPath }) => moved.replaceAll(`${mountPath}/`, `${join(folder, mountPath)}/`),
      text,
    );
  const content = (kind: 'Secret' | 'ConfigMap', name = ''): Files => users[name] ?? contentOf(manifests, kind, name);
  const volumes = new Map<string, MountedVolume>();
  for (const { name, mountPath } of volumeMounts) {
    const files = filesOf(
      pod.spec.volumes?.find((volume) => volume.name === name),
      content,
    );
    const texts = Object.entries(files).map(([file, text]) => [file, adapt(relocate(text), file)]);
    const volume = new MountedVolume(join(folder, mountPath));
    await volume.fill(Object.fromEntries(texts));
    volumes.set(name, volume);
  }
  const variables = Object.fromEntries(env.map((variable) => [variable.name, valueOf(variable, content)]));
  return { args: args.map((arg) => atAnyPort(relocate(arg))), env: { ...KUBERNETES, ...variables }, volumes, relocate };
}

function filesOf(volume: IVolume | undefined, content: (kind: 'Secret' | 'ConfigMap', name?: string) => Files): Files {
  const { secret, configMap } = volume ?? {};
  const all = secret === undefined ? content('ConfigMap', configMap?.name) : content('Secret', secret.secretName);
  const items = secret?.items ?? configMap?.items;
  if (items === undefined) return all;
  return Object.fromEntries(items.map(({ key, path }) => [path, all[key] ?? '']));
}

function valueOf(
  { value = '', valueFrom }: IEnvVar,
  content: (kind: 'Secret' | 'ConfigMap', name?: string) => Files,
): string {
  const { fieldRef, secretKeyRef } = valueFrom ?? {};
  if (fieldRef !== undefined) return FIELDS[fieldRef.fieldPath] ?? '';
  if (secretKeyRef !== undefined) return content('Secret', secretKeyRef.name)[secretKeyRef.key] ?? '';
  return value;
}

/** Listens on loopback, at a port of the system's choice. */
function atAnyPort(arg: string): string {
  return arg.replace(/^(--\w+\.listen-address)=:\d+$/, '$1=127.0.0.1:0');
}
