// Related objects for tests of single roles: raw ones, as an API server sends them, with just what a test cares about.

import type { RelatedObjects } from '../../src/discovery/kubernetes/related-objects.ts';
import { slimNode, slimPod, slimService } from '../../src/discovery/kubernetes/slim-objects.ts';
import type { TargetGroup } from '../../src/discovery/target-group.ts';

interface RawRelated {
  readonly pods?: readonly unknown[];
  readonly services?: readonly unknown[];
  readonly nodes?: readonly unknown[];
}

export function lookUps({ pods = [], services = [], nodes = [] }: RawRelated = {}): RelatedObjects {
  return {
    pod: find(pods.map(slimPod)),
    service: find(services.map(slimService)),
    node: (name) => find(nodes.map(slimNode))('', name),
    hasAddress: (pod, ip) => pod.podIp === ip,
  };
}

/** Some of the labels of each target, without `__meta_kubernetes_` before their names; undefined for one that is absent. */
export function labelsOf({ labels, targets }: TargetGroup, ...names: readonly string[]): readonly unknown[] {
  return targets.map((target) => {
    const all: Readonly<Record<string, string>> = { ...labels, ...target };
    return names.map((name) => all[name] ?? all[`__meta_kubernetes_${name}`]);
  });
}

function find<T extends { readonly namespace: string; readonly name: string }>(objects: readonly T[]) {
  return (namespace: string, name: string) =>
    objects.find((object) => object.namespace === namespace && object.name === name);
}
