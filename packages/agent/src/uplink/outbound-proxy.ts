// Whether a tunnel goes out through an HTTP proxy of the site, by the variables that all programs know.
// For the tunnel only: scrapes never leave the cluster, so they must not know of this file.

import { BlockList, isIP } from 'node:net';

/** The part of the environment that names HTTP proxies; either case of the names counts, lower case first. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** The HTTP proxy for a connection to `url` (`ws:` or `wss:`), or undefined for a direct one. @throws TypeError when the variable holds no URL. */
export function outboundProxy(url: URL, environment: ProxyEnvironment): URL | undefined {
  const name = url.protocol === 'wss:' ? 'https_proxy' : 'http_proxy';
  const text = read(environment, name);
  if (text === '' || isExcluded(url, read(environment, 'no_proxy'))) return undefined;
  return new URL(text.includes('://') ? text : `http://${text}`);
}

function read(environment: ProxyEnvironment, name: string): string {
  return (environment[name] ?? environment[name.toUpperCase()] ?? '').trim();
}

/**
 * Entries are `*`, a host, a domain (a leading dot or `*.` changes nothing: what is below it is covered too), or a network
 * (`10.0.0.0/8`); each but the network with a port or without.
 */
function isExcluded(url: URL, noProxy: string): boolean {
  const hostname = bracketless(url.hostname);
  const port = url.port === '' ? (url.protocol === 'wss:' ? '443' : '80') : url.port;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || coversNetwork(entry, hostname) || coversHost(entry, hostname, port));
}

function coversNetwork(entry: string, hostname: string): boolean {
  const [network = '', prefix = ''] = entry.split('/');
  const family = isIP(network);
  if (family === 0 || family !== isIP(hostname) || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), type);
  return list.check(hostname, type);
}

function coversHost(entry: string, hostname: string, port: string): boolean {
  const [, bracketed, plain, onlyPort] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const domain = (bracketed ?? plain ?? entry).replace(/^\*?\./, '');
  return domain !== '' && (hostname === domain || hostname.endsWith(`.${domain}`));
}

function bracketless(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
