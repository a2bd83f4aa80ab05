// What a target is: the address and path by which scrapers name it, and the exporter behind it that only the agent reaches.
// Plain data. It must not know where targets come from, nor how they are fetched.

import type { SecureVersion } from 'node:tls';
import type { Labels } from '@pullway/shared/protocol/announcement';

/** A secret as it is now: one kept in a file is read again when the file changed. @throws when the file cannot be read. */
export type Secret = () => string | Promise<string>;

/** How the agent speaks TLS with an exporter. PEM texts stand beside the names of the files that hold them; at most one of the two is set. */
export interface ExporterTls {
  readonly ca?: string | undefined;
  readonly caFile?: string | undefined;
  readonly cert?: string | undefined;
  readonly certFile?: string | undefined;
  readonly key?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Name for SNI and for the check of the certificate, where it is not the host. */
  readonly serverName?: string | undefined;
  readonly insecureSkipVerify: boolean;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
}

/** What the agent adds to a request, so that it never leaves the cluster. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'authorization'; readonly type: string; readonly credentials: Secret };

/** Where a program listens that exposes metrics. Equal exporters are the same object, so that each has one pool of connections. */
export interface Exporter {
  readonly scheme: 'http' | 'https';
  /** Name or IP address as it was configured; an IPv6 address without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  readonly tls: ExporterTls;
  readonly credentials: Credentials;
}

/** One thing that can be scraped. */
export interface Target {
  /** `host:port` in lower case, always with a port. */
  readonly address: string;
  /** Begins with `/`, has no query. */
  readonly path: string;
  /** Further paths that may be asked of it; a trailing `*` stands for any rest. */
  readonly allowedPaths: readonly string[];
  /** Reached as a byte stream only: the scraper speaks TLS with the exporter itself. */
  readonly passthrough: boolean;
  readonly exporter: Exporter;
  /** What service discovery shows, `job` and double-underscore labels included. */
  readonly labels: Labels;
  /**
   * Whether the IP address of the exporter belongs to the pod that the target stands for, at the moment when it is called. Absent where
   * the target stands for no pod.
   */
  readonly hasItsPod?: () => boolean;
}

/** Whether what answers at the exporter's address now is what the target stands for, as far as the agent knows. */
export function isItself({ hasItsPod }: Target): boolean {
  return hasItsPod === undefined || hasItsPod();
}

/** Where an exporter listens, for people. */
export function describeExporter({ scheme, host, port }: Pick<Exporter, 'scheme' | 'host' | 'port'>): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
