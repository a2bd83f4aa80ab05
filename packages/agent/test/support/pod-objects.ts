// Pods as an API server holds them, small, for tests that care about how they arrive.

import type { KubernetesObject } from './api-server-store.ts';

interface PodFields {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function podObject(
  name: string,
  { namespace = 'shop', labels = {}, node, annotations }: PodFields = {},
): KubernetesObject {
  return {
    metadata: { name, namespace, labels, ...(annotations === undefined ? {} : { annotations }) },
    spec: { containers: [{ name: 'main', image: 'i:1' }], ...(node === undefined ? {} : { nodeName: node }) },
    status: { phase: 'Running', podIP: '10.0.0.1' },
  };
}
