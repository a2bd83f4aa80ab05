// The name of the Kubernetes object behind a target, in place of its IP address: an address that outlives its pod must not become
// another pod's when the IP does. What is made of the name is the business of address.ts.

const META = '__meta_kubernetes_';

/** What is known of objects beyond the labels of a target. */
export interface ObjectNamespaces {
  /** The namespace of the pod or node of that name, when it can be known by `ip`, and empty for nodes; undefined when it cannot. */
  namespaceOf(kind: 'Pod' | 'Node', name: string, ip: string): string | undefined;
}

/**
 * What stands for `host` in the address of a target: `POD.NAMESPACE.pod`, `SERVICE.NAMESPACE.svc` or `NODE.node`; `host` itself when
 * relabelling put another in place of the one that was found, or when no object is known behind it.
 *
 * A pod with two IP addresses is named for the first alone, `status.podIP`: under one name the second would be another exporter at the same address.
 * @param host of the final `__address__`, IPv6 without brackets
 * @param found the labels before relabelling
 */
export function objectHost(
  host: string,
  found: ReadonlyMap<string, string>,
  objects: ObjectNamespaces | undefined,
): string {
  if (host !== hostOf(found.get('__address__') ?? '')) return host;
  const pod = podBehind(host, found, objects);
  if (pod !== undefined) return `${pod}.${objects?.namespaceOf('Pod', pod, host) ?? ''}.pod`;
  return nodeHost(host, found, objects) ?? serviceHost(host, found) ?? host;
}

/**
 * The name of the pod for which `host` stands, if it does. Endpoints tell the pod behind them even when it is not known itself, as when
 * the agent may not list pods. Parameters as above.
 */
export function podBehind(
  host: string,
  found: ReadonlyMap<string, string>,
  objects: ObjectNamespaces | undefined,
): string | undefined {
  if (host !== hostOf(found.get('__address__') ?? '')) return undefined;
  const known = found.get(`${META}pod_name`);
  if (known !== undefined && found.get(`${META}pod_ip`) !== host) return undefined;
  const pod = known ?? endpointTarget(found, 'Pod');
  return pod !== undefined && objects?.namespaceOf('Pod', pod, host) !== undefined ? pod : undefined;
}

function nodeHost(
  host: string,
  found: ReadonlyMap<string, string>,
  objects: ObjectNamespaces | undefined,
): string | undefined {
  // Attached metadata name the node that a pod or an endpoint runs on; only without one of these it is the target.
  if (!found.has(`${META}namespace`)) {
    const node = found.get(`${META}node_name`);
    return node === undefined ? undefined : `${node}.node`;
  }
  const node = endpointTarget(found, 'Node');
  return node !== undefined && objects?.namespaceOf('Node', node, host) !== undefined ? `${node}.node` : undefined;
}

function serviceHost(host: string, found: ReadonlyMap<string, string>): string | undefined {
  const name = `${found.get(`${META}service_name`) ?? ''}.${found.get(`${META}namespace`) ?? ''}.svc`;
  return name === host ? name : undefined;
}

function endpointTarget(found: ReadonlyMap<string, string>, kind: string): string | undefined {
  const roles = ['endpoint', 'endpointslice'];
  const role = roles.find((role) => found.get(`${META}${role}_address_target_kind`) === kind);
  return role === undefined ? undefined : found.get(`${META}${role}_address_target_name`);
}

/** Discovery gives IPv6 addresses in brackets with a port, and bare without one. */
function hostOf(address: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):[0-9]+$/.exec(address);
  return match?.[1] ?? match?.[2] ?? address;
}
