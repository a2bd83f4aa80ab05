// `host:port` as operators write it for an exporter.

import { isIPv6 } from 'node:net';
import { hideUserinfo } from '@pullway/shared/http/userinfo';
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
  if (digits === undefined) return { host, port: undefined };
  return isPort(digits) ? { host, port: Number(digits) } : undefined;
}

/** Why `text` is none, without a user or password that may stand in it. */
export function endpointFault(text: string): string {
  const shown = JSON.stringify(hideUserinfo(text));
  const port = /^(?:\[[^\]]*\]|[^:@]+):([^:@]*)$/.exec(text)?.[1];
  if (port !== undefined && !isPort(port)) return `${shown} has no port from 1 to 65535`;
  return isIPv6(text.replace(/:[0-9]{1,5}$/, '')) || isIPv6(text)
    ? `${shown} is no host:port; an IPv6 address stands in brackets`
    : `${shown} is no host:port`;
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
