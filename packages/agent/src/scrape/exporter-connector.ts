// How connections to an exporter are opened: as undici does it, but a reset stays a reset.

import type { Socket } from 'node:net';
import type { ConnectionOptions, SecureContextOptions } from 'node:tls';
import createConnector from 'undici/lib/core/connect.js';
import type { buildConnector } from 'undici';

/** The code of an ECONNRESET of an exporter's connection. */
export const EXPORTER_RESET = 'EXPORTER_RESET';

/** What an exporter's TLS settings come to. */
export type ConnectorTls = Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'minVersion' | 'maxVersion'> &
  Pick<ConnectionOptions, 'rejectUnauthorized' | 'servername'>;

/**
 * A connector for undici's pool.
 *
 * undici takes ECONNRESET for the end of a body that has neither length nor chunks (lib/dispatcher/client-h1.js, onHttpSocketError: macOS
 * may lose the FIN of such a body). Here it would make a part of a scrape look whole, with `up` 1. It goes by the code, so the code is changed
 * before undici sees the error.
 */
export function exporterConnector(tls: ConnectorTls): buildConnector.connector {
  // The deadline of each scrape takes the place of undici's own timeout.
  const connect = createConnector({ ...tls, allowH2: false, timeout: 0 });
  return (options, callback) => {
    connect(options, (...result) => {
      result[1]?.prependListener('error', renameReset);
      callback(...result);
    });
  };
}

function renameReset(this: Socket, error: NodeJS.ErrnoException): void {
  if (error.code === 'ECONNRESET') error.code = EXPORTER_RESET;
}
