// The Secrets, ConfigMaps and accounts that a pod asks for by name.

import type { IEnvVar } from 'kubernetes-models/v1/EnvVar';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import { containersOf, named, ofKind, type Manifest, type StartedPod } from './manifests.ts';

export interface PodReference {
  readonly kind: 'Secret' | 'ConfigMap' | 'ServiceAccount';
  readonly name: string;
  /** Empty: all of it. */
  readonly keys: readonly string[];
}

function referencesOf({ spec }: StartedPod): readonly PodReference[] {
  const { serviceAccountName, imagePullSecrets = [], volumes = [] } = spec;
  const env = containersOf(spec).flatMap(({ env = [] }) => env);
  return [
    ...(serviceAccountName === undefined
      ? []
      : [{ kind: 'ServiceAccount' as const, name: serviceAccountName, keys: [] }]),
    ...imagePullSecrets.map(({ name = '' }) => ({ kind: 'Secret' as const, name, keys: [] })),
    ...volumes.flatMap(ofVolume),
    ...env.flatMap(ofVariable),
  ];
}

/** The names of what `pod` asks for and `manifests` do not have, with the keys: `Secret pullway-token token`. */
export function missingFrom(manifests: readonly Manifest[], pod: StartedPod): readonly string[] {
  const absent = referencesOf(pod).filter((reference) => !isAmong(manifests, pod, reference));
  return absent.map(({ kind, name, keys }) => [kind, name, ...keys].join(' '));
}

function ofVolume({ secret, configMap }: IVolume): readonly PodReference[] {
  const keysOf = (items: readonly { readonly key: string }[] = []) => items.map(({ key }) => key);
  return [
    ...(secret === undefined
      ? []
      : [{ kind: 'Secret' as const, name: secret.secretName ?? '', keys: keysOf(secret.items) }]),
    ...(configMap === undefined
      ? []
      : [{ kind: 'ConfigMap' as const, name: configMap.name ?? '', keys: keysOf(configMap.items) }]),
  ];
}

function ofVariable({ valueFrom }: IEnvVar): readonly PodReference[] {
  const { secretKeyRef: secret, configMapKeyRef: configMap } = valueFrom ?? {};
  return [
    ...(secret === undefined ? [] : [{ kind: 'Secret' as const, name: secret.name ?? '', keys: [secret.key] }]),
    ...(configMap === undefined
      ? []
      : [{ kind: 'ConfigMap' as const, name: configMap.name ?? '', keys: [configMap.key] }]),
  ];
}

function isAmong(manifests: readonly Manifest[], pod: StartedPod, { kind, name, keys }: PodReference): boolean {
  const exists = manifests.some(
    ({ kind: other, metadata }) => other === kind && metadata.name === name && metadata.namespace === pod.namespace,
  );
  if (!exists || kind === 'ServiceAccount') return exists;
  return keys.every((key) => contentOf(manifests, kind, name)[key] !== undefined);
}

/** What a Secret or a ConfigMap holds, by key. */
export function contentOf(
  manifests: readonly Manifest[],
  kind: 'Secret' | 'ConfigMap',
  name: string,
): Readonly<Record<string, string>> {
  if (kind === 'ConfigMap') return named(manifests, 'ConfigMap', name).data ?? {};
  const [secret] = ofKind(manifests, 'Secret').filter(({ metadata }) => metadata.name === name);
  return secret?.stringData ?? {};
}
