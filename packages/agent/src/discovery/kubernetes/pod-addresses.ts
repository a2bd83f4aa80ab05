// Which pod has an IP address at this moment, by all that its watch has told so far: asked with each scrape, since targets follow a change
// of pods a quarter of a second later, and by then the address may be another pod's.

import type { ObjectCache } from './object-cache.ts';
import type { Pod } from './objects.ts';

/** Of a pod in one of these nothing runs any more; its IP address stays in its status and goes to other pods. */
const TERMINAL_PHASES: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

export class PodAddresses {
  readonly #pods: ObjectCache<Pod>;
  /** The pod that got the address last. Those on the network of their node are not among them: they share its address. */
  readonly #holders = new Map<string, Pod>();

  constructor(pods: ObjectCache<Pod>) {
    this.#pods = pods;
    for (const pod of pods.values()) this.#claim(pod);
    pods.listen((namespace, name, before) => this.#follow(pods.get(namespace, name), before));
  }

  /** Whether the pod of that name runs and has `ip`, and no pod got it later while this one was on its way out. */
  holds({ namespace, name }: Pick<Pod, 'namespace' | 'name'>, ip: string): boolean {
    const pod = this.#pods.get(namespace, name);
    if (pod === undefined || pod.podIp !== ip || !isRunning(pod)) return false;
    const holder = this.#holders.get(ip);
    return holder === undefined || pod.isOnHostNetwork || isSame(holder, pod);
  }

  #follow(pod: Pod | undefined, before: Pod | undefined): void {
    if (before === undefined) return this.#claim(pod);
    const holder = this.#holders.get(addressOf(pod) ?? '');
    // That more is known of it takes the address from none.
    if (pod !== undefined && addressOf(pod) === addressOf(before) && holder !== undefined && !isSame(holder, pod))
      return;
    this.#release(before);
    // It got its address just now, however old it is: it had waited for a node, or its node has started anew.
    const ip = addressOf(pod);
    if (pod !== undefined && ip !== undefined) this.#holders.set(ip, pod);
  }

  /** Of two that are found with the same address the younger one has it. */
  #claim(pod: Pod | undefined): void {
    const ip = addressOf(pod);
    if (pod === undefined || ip === undefined) return;
    const holder = this.#holders.get(ip);
    if (holder === undefined || holder.createdAt <= pod.createdAt) this.#holders.set(ip, pod);
  }

  #release(pod: Pod): void {
    const holder = this.#holders.get(pod.podIp);
    if (holder !== undefined && isSame(holder, pod)) this.#holders.delete(pod.podIp);
  }
}

/** The address that `pod` alone has; undefined when it has none. */
function addressOf(pod: Pod | undefined): string | undefined {
  return pod === undefined || pod.podIp === '' || pod.isOnHostNetwork || !isRunning(pod) ? undefined : pod.podIp;
}

const known = new WeakMap<ObjectCache<Pod>, PodAddresses>();

/** Those of `pods`, once for all who ask; they follow the cache as long as it lives. */
export function podAddressesOf(pods: ObjectCache<Pod>): PodAddresses {
  const addresses = known.get(pods) ?? new PodAddresses(pods);
  known.set(pods, addresses);
  return addresses;
}

function isRunning({ phase }: Pod): boolean {
  return !TERMINAL_PHASES.has(phase);
}

function isSame(a: Pod, b: Pod): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}
