// Where an API server is and how the agent makes itself known to it. Plain data; nothing is read or opened here.

import { ConfigError } from '@pullway/shared/config/faults';
import { hideUserinfo } from '@pullway/shared/http/userinfo';
import type { ExporterDescription } from '../../targets/exporters.ts';

export interface ApiServer extends ExporterDescription {
  /** Before the paths of the API, as Rancher has one for each cluster; empty, or with a slash in front and none behind. */
  readonly basePath: string;
}

type Access = Pick<ApiServer, 'tls' | 'credentials'>;

/** The API server at `url`. @throws ConfigError unless it is an http or https URL without user, query and fragment. */
export function apiServerAt(url: string, { tls, credentials }: Access): ApiServer {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new ConfigError([
      { message: `the API server ${hideUserinfo(url)} is no URL that begins with http:// or https://` },
    ]);
  }
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
    // The URL itself is left out: it may hold a password.
    throw new ConfigError([{ message: 'the URL of the API server holds a user, a query or a fragment; remove it' }]);
  }
  const scheme = parsed.protocol === 'https:' ? 'https' : 'http';
  return {
    scheme,
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? (scheme === 'https' ? 443 : 80) : Number(parsed.port),
    basePath: parsed.pathname.replace(/\/+$/, ''),
    tls,
    credentials,
  };
}
