// What leads to pods leads to the right ones, at ports on which their programs listen.

import assert from 'node:assert/strict';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import {
  describe,
  isChosen,
  named,
  ofKind,
  programOf,
  startedPods,
  type Manifest,
  type StartedPod,
} from '../support/manifests.ts';
import { holdsForAll } from '../support/value-files.ts';

type Labels = Readonly<Record<string, string>>;

interface Selecting {
  readonly spec: {
    readonly selector?: Labels & { readonly matchLabels?: Labels };
    readonly podSelector?: { readonly matchLabels: Labels };
  };
}

/** Kinds that select pods, beside the owners of these. */
const SELECTING = ['Service', 'NetworkPolicy', 'PodDisruptionBudget', 'PodMonitor'];

const COMPONENT = 'app.kubernetes.io/component';

holdsForAll('every selector chooses the pods that it is for, and no others', (manifests) => {
  const pods = startedPods(manifests);
  for (const { owner, labels, matchLabels } of pods) {
    assert.ok(isChosen(labels, matchLabels), owner);
    if (matchLabels !== undefined) assert.deepEqual(ownersOf(pods, matchLabels), [owner]);
  }
  for (const manifest of manifests.filter(({ kind }) => SELECTING.includes(kind))) {
    const { spec } = manifest as Manifest & Selecting;
    const selector = spec.podSelector?.matchLabels ?? spec.selector?.matchLabels ?? spec.selector ?? {};
    const chosen = pods.filter(({ labels }) => isChosen(labels, selector));
    assert.equal(ownersOf(pods, selector).length, 1, describe(manifest));
    assert.equal(chosen[0]?.labels[COMPONENT], manifest.metadata.labels?.[COMPONENT], describe(manifest));
  }
});

holdsForAll('each Service leads to a port on which the program of its pods listens', (manifests) => {
  const pods = startedPods(manifests);
  for (const service of ofKind(manifests, 'Service')) {
    const chosen = podsOf(pods, service);
    for (const { targetPort } of service.spec?.ports ?? []) {
      for (const pod of chosen)
        assert.ok(listensOn(pod).has(String(targetPort)), `${describe(service)}: ${targetPort}`);
    }
  }
});

holdsForAll(
  'each replica of the proxy has one Service for agents of its own, and all are behind that for scrapers',
  (manifests) => {
    const replicas = startedPods(manifests).filter(
      ({ labels, matchLabels }) => matchLabels && labels[COMPONENT] === 'proxy',
    );
    const [forAgents, forScrapers] = ['agents', 'scrapers'].map((side) => servicesFor(manifests, side));
    for (const service of forScrapers ?? []) assert.deepEqual(podsOf(replicas, service), replicas);
    const reached = (forAgents ?? []).flatMap((service) => podsOf(replicas, service));
    assert.deepEqual(reached, replicas);
    assert.equal(forAgents?.length, replicas.length);
  },
);

holdsForAll('ports of containers are those of the flags, and probes ask one of them', (manifests) => {
  for (const pod of startedPods(manifests).filter(({ matchLabels }) => matchLabels !== undefined)) {
    const program = programOf(pod);
    const flags = (program.args ?? []).flatMap((arg) => /^--\w+\.listen-address=:(\d+)$/.exec(arg)?.[1] ?? []);
    assert.deepEqual(
      (program.ports ?? []).map(({ containerPort }) => String(containerPort)),
      flags,
      pod.owner,
    );
    for (const probe of [program.livenessProbe, program.readinessProbe]) {
      const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
      assert.ok(listensOn(pod).has(String(port)), `${pod.owner}: ${port}`);
    }
  }
});

holdsForAll('a pod is given the time that its program takes to stop', (manifests) => {
  for (const pod of startedPods(manifests).filter(({ matchLabels }) => matchLabels !== undefined)) {
    const { args = [] } = programOf(pod);
    const [grace] = args.flatMap((arg) => /^--shutdown\.grace=(\d+)s$/.exec(arg)?.[1] ?? []);
    // When the grace is over a program cuts what still runs, which takes 2 s at most.
    const least = Number(grace) + 2;
    assert.ok((pod.spec.terminationGracePeriodSeconds ?? 0) > least, `${pod.owner}: more than ${least} s`);
  }
});

holdsForAll('Ingress and routes lead to the Services for agents, one host for each', (manifests) => {
  const services = servicesFor(manifests, 'agents').map(({ metadata }) => metadata.name);
  for (const { spec } of manifests.filter(({ kind }) => kind === 'Ingress') as (Manifest & IIngress)[]) {
    const backends = (spec?.rules ?? []).flatMap(({ http }) => http?.paths.map(({ backend }) => backend.service) ?? []);
    assert.deepEqual(
      backends.map((service) => `${service?.name} ${service?.port?.name}`),
      services.map((name) => `${name} tunnel`),
    );
    assert.equal(new Set(spec?.rules?.map(({ host }) => host)).size, services.length);
  }
  const routes = manifests.filter(({ kind }) => kind === 'HTTPRoute') as (Manifest & IHTTPRoute)[];
  const reached = routes.flatMap(({ spec }) => spec.rules?.flatMap(({ backendRefs = [] }) => backendRefs) ?? []);
  for (const { name, port } of reached) {
    assert.equal(named(manifests, 'Service', name).spec?.ports?.[0]?.port, port);
  }
  if (routes.length > 0)
    assert.deepEqual(
      reached.map(({ name }) => name),
      services,
    );
  assert.equal(new Set(routes.flatMap(({ spec }) => spec.hostnames ?? [])).size, routes.length);
});

holdsForAll('a ServiceMonitor chooses the Service for scrapers alone, at a port that it has', (manifests) => {
  for (const { spec } of manifests.filter(({ kind }) => kind === 'ServiceMonitor') as (Manifest & IServiceMonitor)[]) {
    const selector = (spec.selector.matchLabels ?? {}) as Labels;
    const chosen = ofKind(manifests, 'Service').filter(({ metadata }) => isChosen(metadata.labels ?? {}, selector));
    assert.deepEqual(
      chosen.map(({ metadata }) => metadata.labels?.['pullway-service']),
      ['scrapers'],
    );
    assert.deepEqual(
      spec.namespaceSelector?.matchNames,
      chosen.map(({ metadata }) => metadata.namespace),
    );
    const ports = chosen[0]?.spec?.ports?.map(({ name }) => name);
    for (const { port } of spec.endpoints ?? []) assert.ok(ports?.includes(port), port);
  }
});

function servicesFor(manifests: readonly Manifest[], side: string): readonly (Manifest & IService)[] {
  return ofKind(manifests, 'Service').filter(({ metadata }) => metadata.labels?.['pullway-service'] === side);
}

function podsOf(pods: readonly StartedPod[], service: Manifest & IService): readonly StartedPod[] {
  const selector = (service.spec?.selector ?? {}) as Labels;
  return pods.filter(({ labels }) => isChosen(labels, selector));
}

function ownersOf(pods: readonly StartedPod[], selector: Labels): readonly string[] {
  return [...new Set(pods.filter(({ labels }) => isChosen(labels, selector)).map(({ owner }) => owner))];
}

/** Names and numbers of the ports of its containers. */
function listensOn({ spec }: StartedPod): ReadonlySet<string> {
  const ports = spec.containers.flatMap(({ ports = [] }) => ports);
  return new Set(ports.flatMap(({ name = '', containerPort }) => [name, String(containerPort)]));
}
