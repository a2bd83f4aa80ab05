// `--proxy.url` as the agent understands it: where the tunnel endpoint is, and by which name it shows in logs and metrics.

import { hideUserinfo } from '@pullway/shared/http/userinfo';

/** One proxy, or one load balancer before proxies. */
export interface ProxyUrl {
  /** `ws:` or `wss:`, with the path of the tunnel endpoint. */
  readonly tunnel: URL;
  /** What the operator wrote, less what may vary: the label of metrics and the field of logs. */
  readonly name: string;
}

const TUNNEL_SCHEMES: ReadonlyMap<string, string> = new Map([
  ['http:', 'ws:'],
  ['https:', 'wss:'],
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
]);

export type ProxyUrlParse = { readonly proxyUrl: ProxyUrl } | { readonly fault: string };

/** Reads a URL with scheme http, https, ws or wss; a path is a prefix, and the tunnel is at `tunnel` below it. */
export function parseProxyUrl(text: string): ProxyUrlParse {
  if (/^dns\+/i.test(text)) return { fault: 'dns+… is not supported by this version; name each replica' };
  if (!URL.canParse(text)) return { fault: `${hideUserinfo(text)} is no URL such as https://pullway.example.org` };
  const url = new URL(text);
  const scheme = TUNNEL_SCHEMES.get(url.protocol);
  if (scheme === undefined) return { fault: `scheme ${url.protocol.slice(0, -1)} is none of http, https, ws, wss` };
  if (url.username !== '' || url.password !== '')
    return { fault: 'a URL with a password shows in logs and process lists; use --proxy.token-file' };
  if (url.search !== '' || url.hash !== '') return { fault: 'the URL has no query and no fragment' };
  const prefix = url.pathname.replace(/\/+$/, '');
  const tunnel = new URL(`${scheme}//${url.host}${prefix}/tunnel`);
  return { proxyUrl: { tunnel, name: `${url.protocol}//${url.host}${prefix}` } };
}
