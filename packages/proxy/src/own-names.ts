// By which names the proxy itself is asked, to tell a request for it from a scrape that a load balancer rewrote.

import type { Duplex } from 'node:stream';
import { normalizeAddress } from '@pullway/shared/http/address';

export interface OwnNamesOptions {
  /** Of the machine. */
  readonly hostname: string;
  /** --web.external-url, when it was given. */
  readonly externalUrl: URL | undefined;
}

const HTTPS_PORT = '443';

export class OwnNames {
  readonly #hosts: ReadonlySet<string>;
  readonly #external: string | undefined;

  constructor({ hostname, externalUrl }: OwnNamesOptions) {
    this.#hosts = new Set(['localhost', '127.0.0.1', '[::1]', hostname.toLowerCase()]);
    this.#external = externalUrl === undefined ? undefined : externalAddress(externalUrl);
  }

  /** Whether `host` (a Host field) means this proxy, for a request that came in on `socket`. */
  has(host: string, socket: Duplex): boolean {
    const address = normalizeAddress(host);
    if (address === undefined) return false;
    if (address === this.#external) return true;
    const { localAddress, localPort } = localEnd(socket);
    const colon = address.lastIndexOf(':');
    if (Number(address.slice(colon + 1)) !== localPort) return false;
    const name = address.slice(0, colon);
    return this.#hosts.has(name) || name === localAddress;
  }
}

function externalAddress(url: URL): string | undefined {
  const port = url.port === '' && url.protocol === 'https:' ? `:${HTTPS_PORT}` : '';
  return normalizeAddress(`${url.host}${port}`);
}

function localEnd(socket: Duplex): { localAddress: string; localPort: number } {
  const address = 'localAddress' in socket ? String(socket.localAddress) : '';
  const bare = address.replace(/^::ffff:(?=\d+\.)/, '');
  return {
    localAddress: bare.includes(':') ? `[${bare}]` : bare,
    localPort: 'localPort' in socket ? Number(socket.localPort) : 0,
  };
}
