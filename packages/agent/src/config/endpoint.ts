// `host:port` as operators write it for an exporter.

import { isIPv6 } from 'node:net';
import type { Endpoint } from './job.ts';

const HOST_AND_PORT =
  /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?))(?::([0-9]{1,5}))?$/;

/** The parts of `text`, or undefined when it is no host with or without a port (1 to 65535); IPv6 stands in brackets. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = HOST_AND_PORT.exec(text);
  if (match === null) return undefined;
  const [, ip, name, digits] = match;
  const host = ip ?? name;
  if (host === undefined || (ip !== undefined && !isIPv6(ip))) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  return port === undefined || (port >= 1 && port <= 65_535) ? { host, port } : undefined;
}
