// Paths and names under which the proxy is reached, from the flags that may say them in several ways.

import { ConfigError, type Fault } from '@pullway/shared/config/faults';
import type { ProxyFlags } from './flags.ts';

export interface WebPaths {
  /** Before all paths; empty, or `/` and more without a slash at its end. */
  readonly prefix: string;
  /** Below the prefix. */
  readonly telemetryPath: string;
  /** Where agents connect, prefix included. */
  readonly tunnelPath: string;
  readonly externalUrl: URL | undefined;
}

const PATH = /^\/[A-Za-z0-9._~/-]*$/;

/** @throws ConfigError with all faults. */
export function webPaths(flags: ProxyFlags): WebPaths {
  const faults: Fault[] = [];
  const prefix = normalizePath(flags['web.route-prefix']);
  const telemetryPath = normalizePath(flags['web.telemetry-path']);
  const external = flags['web.external-url'];
  const externalUrl = external === undefined ? undefined : parseHttpUrl(external);
  if (prefix === undefined) faults.push({ message: 'flag --web.route-prefix is no path' });
  if (telemetryPath === undefined || telemetryPath === '')
    faults.push({ message: 'flag --web.telemetry-path is no path' });
  if (external !== undefined && externalUrl === undefined)
    faults.push({ message: 'flag --web.external-url is no http URL' });
  if (prefix === undefined || telemetryPath === undefined || faults.length > 0) throw new ConfigError(faults);
  return { prefix, telemetryPath, tunnelPath: `${prefix}/tunnel`, externalUrl };
}

/** With a slash at its beginning and none at its end. */
function normalizePath(text: string): string | undefined {
  const path = `/${text}`.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  return path === '' || PATH.test(path) ? path : undefined;
}

function parseHttpUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}
