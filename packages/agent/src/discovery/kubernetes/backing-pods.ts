// The pods behind one Endpoints or EndpointSlice: what they add to its targets, and targets for container ports that it does not name.
// Prometheus has both in each of endpoints.go and endpointslice.go.

import type { Labels } from '@pullway/shared/protocol/announcement';
import { mapInUnits, type Work } from '@pullway/shared/runtime/pace';
import { joinHostPort } from './meta-labels.ts';
import type { ObjectReference, Pod } from './objects.ts';
import { containerLabels, containerPortLabels, podLabels } from './pod-labels.ts';
import type { RelatedObjects } from './related-objects.ts';

export class BackingPods {
  readonly #related: RelatedObjects;
  /** Ports of each pod that a target stands for. */
  readonly #coveredPorts = new Map<Pod, Set<number>>();
  /** The same pods; of one name there may be some in several namespaces. */
  readonly #byName = new Map<string, readonly Pod[]>();

  constructor(related: RelatedObjects) {
    this.#related = related;
  }

  /**
   * Labels of the pod to which `target` refers, if it does, and of its container that listens on `port`; remembers that a target
   * stands for that port.
   * @param protocol what the label of the container's port says instead of the container's own
   */
  labelsAt(target: ObjectReference | undefined, port: number | undefined, protocol?: string): Labels {
    if (target?.kind !== 'Pod') return {};
    const pod = this.#related.pod(target.namespace, target.name);
    if (pod === undefined) return {};
    const covered = this.#coveredPorts.get(pod) ?? this.#add(pod);
    if (port === undefined) return podLabels(pod);
    covered.add(port);
    return { ...podLabels(pod), ...listenerLabels(pod, port, protocol) };
  }

  /** The pod of that name whose address was `ip`; of two in different namespaces the address tells which. */
  find(name: string, ip: string): Pod | undefined {
    return this.#byName.get(name)?.find((pod) => pod.podIp === ip);
  }

  /** Whether `pod` has `ip` when this is called. */
  stillHas(pod: Pod, ip: string): boolean {
    return this.#related.hasAddress(pod, ip);
  }

  /** A target for each port of a container of these pods for which none stands yet. */
  *uncoveredTargets(): Work<readonly Labels[]> {
    const targets = yield* mapInUnits(this.#coveredPorts, ([pod, covered]) =>
      pod.podIp === '' ? [] : otherTargets(pod, covered),
    );
    return targets.flat();
  }

  #add(pod: Pod): Set<number> {
    const covered = new Set<number>();
    this.#coveredPorts.set(pod, covered);
    this.#byName.set(pod.name, [...(this.#byName.get(pod.name) ?? []), pod]);
    return covered;
  }
}

/** Of several containers that declare the port the last counts, as in Prometheus. */
function listenerLabels(pod: Pod, number: number, protocol: string | undefined): Labels {
  const container = pod.containers.findLast(({ ports }) => ports.some((port) => port.number === number));
  const port = container?.ports.find((port) => port.number === number);
  if (container === undefined || port === undefined) return {};
  return {
    ...containerLabels(container),
    ...containerPortLabels(protocol === undefined ? port : { ...port, protocol }),
  };
}

function otherTargets(pod: Pod, covered: ReadonlySet<number>): readonly Labels[] {
  return pod.containers.flatMap((container) =>
    container.ports
      .filter(({ number }) => !covered.has(number))
      .map((port) => ({
        ...podLabels(pod),
        ...containerLabels(container),
        ...containerPortLabels(port),
        __address__: joinHostPort(pod.podIp, port.number),
      })),
  );
}
