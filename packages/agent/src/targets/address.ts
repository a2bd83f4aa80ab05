// The address by which scrapers name a target, made from the host and port by which the agent reaches it.
// The scheme is the agent's alone: a proxy only looks addresses up, so this file can change without a new protocol.

import { isIPv4, isIPv6 } from 'node:net';

/** Who the agent is; part of the addresses of its targets. */
export interface AgentIdentity {
  readonly name: string;
  /** Empty when the agent belongs to none. */
  readonly cluster: string;
}

/**
 * The address of what listens at `host` (IPv6 without brackets) and `port`, as the agent `identity` sees it.
 *
 * Loopback means another machine to everybody else, so the name of the agent takes its place. The cluster keeps apart hosts and
 * pod networks that overlap; an IP address is then written with dashes, since a name cannot hold `:` and since
 * `10.0.0.7.prod` would read as a name below another.
 */
export function targetAddress(host: string, port: number, identity: AgentIdentity): string {
  const suffix = identity.cluster === '' ? '' : `.${identity.cluster}`;
  if (isLoopback(host)) return `${identity.name}${suffix}:${port}`;
  if (isIPv6(host))
    return suffix === '' ? `[${canonicalIPv6(host)}]:${port}` : `${dashed(canonicalIPv6(host))}${suffix}:${port}`;
  if (isIPv4(host)) return `${suffix === '' ? host : dashed(host)}${suffix}:${port}`;
  return `${host.toLowerCase().replace(/\.$/, '')}${suffix}:${port}`;
}

/** Whether `host` (IPv6 without brackets) names the machine, or pod, of the agent itself. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  if (isIPv6(host)) return /^(?:::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})$/.test(canonicalIPv6(host));
  return /^(?:[^.]+\.)*localhost\.?$/i.test(host);
}

/** One spelling for each address: `fd00:0::7` and `FD00::7` are one target (RFC 5952). */
function canonicalIPv6(host: string): string {
  return new URL(`http://[${host}]`).hostname.slice(1, -1);
}

function dashed(ip: string): string {
  return ip.replaceAll(/[.:]/g, '-');
}
