// Where a program listens: `:8080`, `127.0.0.1:0`, `[::1]:8080`, as all Prometheus programs take it.

export interface ListenAddress {
  /** Undefined: all addresses of the machine. IPv6 without brackets. */
  readonly host: string | undefined;
  /** 0 lets the kernel choose. */
  readonly port: number;
}

const GRAMMAR = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]*)):(\d{1,5})$/;

/** The parts of `text`, or undefined when it is no listen address. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = GRAMMAR.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2] ?? '';
  return port > 65_535 ? undefined : { host: host === '' ? undefined : host, port };
}

/** `host:port` for people and URLs. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where a listener at `host` is reached from the machine itself: on loopback when it takes all addresses, else there. */
export function localHost(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
