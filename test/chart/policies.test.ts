// What clusters are told beside pods and Services: network policies, disruption budgets, monitors. Where these are wrong, all manifests are
// taken, and something is missing later.

import assert from 'node:assert/strict';
import { isChosen, ofKind, startedPods, type Manifest } from '../support/manifests.ts';
import { holdsForAll } from '../support/value-files.ts';

interface Monitor {
  readonly spec: {
    readonly endpoints?: readonly Honoring[];
    readonly podMetricsEndpoints?: readonly Honoring[];
  };
}

interface Honoring {
  readonly honorLabels?: boolean;
}

const COMPONENT = 'app.kubernetes.io/component';

// Rules with named ports are ignored by OVN-Kubernetes, and by the VPC CNI of AWS where they name addresses.
holdsForAll('network policies name ports by number, and these are ports of the program', (manifests) => {
  const pods = startedPods(manifests);
  for (const { metadata, spec } of ofKind(manifests, 'NetworkPolicy')) {
    const [pod] = pods.filter(({ labels }) => isChosen(labels, spec?.podSelector?.matchLabels ?? {}));
    const numbers = pod?.spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
    for (const { port } of (spec?.ingress ?? []).flatMap(({ ports = [] }) => ports)) {
      assert.ok(typeof port === 'number' && numbers?.includes(port), `${metadata.name}: ${port}`);
    }
  }
});

holdsForAll('agents of the release get through the network policy of its proxy', (manifests) => {
  const pods = startedPods(manifests).filter(({ labels }) => labels[COMPONENT]?.startsWith('agent'));
  const policies = ofKind(manifests, 'NetworkPolicy').filter(
    ({ metadata }) => metadata.labels?.[COMPONENT] === 'proxy',
  );
  for (const rule of policies.flatMap(({ spec }) => spec?.ingress ?? [])) {
    if (rule.from === undefined || rule.ports?.[0]?.port !== 8081) continue;
    const selectors = rule.from.map(({ podSelector }) => podSelector?.matchLabels);
    for (const { owner, labels } of pods) {
      assert.ok(
        selectors.some((selector) => selector !== undefined && isChosen(labels, selector)),
        owner,
      );
    }
  }
});

// An outage of the central proxy makes all agents unready; a budget that counts them would then hold up each drain of a node.
holdsForAll('pods that are not ready may leave a node at any time', (manifests) => {
  for (const { metadata, spec } of ofKind(manifests, 'PodDisruptionBudget')) {
    assert.equal(spec?.unhealthyPodEvictionPolicy, 'AlwaysAllow', metadata.name);
  }
});

holdsForAll('monitors of the proxy keep the label cluster of its metrics', (manifests) => {
  const monitors = manifests.filter(({ kind }) => /^(?:Service|Pod)Monitor$/.test(kind)) as (Manifest & Monitor)[];
  for (const { kind, spec } of monitors) {
    const endpoints = spec.endpoints ?? spec.podMetricsEndpoints ?? [];
    assert.deepEqual(
      endpoints.map(({ honorLabels }) => honorLabels),
      [true],
      kind,
    );
  }
});
