// Which client certificates a TLS listener takes, by exporter-toolkit's rules (client_auth_type, client_allowed_sans).

import type { Server as TlsServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { ConfigError } from '@pullway/shared/config/faults';
import type { TlsSettings } from './web-config.ts';

export class ClientCertificates {
  #settings: TlsSettings;
  readonly #areAsked: boolean;

  constructor(settings: TlsSettings) {
    this.#settings = settings;
    this.#areAsked = areAsked(settings);
  }

  /** Cuts connections to `server` whose certificate is not good enough, before they can ask for anything. */
  checkOn(server: TlsServer): void {
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      if (!isAcceptable(socket, this.#settings)) socket.destroy();
    });
  }

  /** @throws ConfigError when Node would need another server for `settings`. */
  check(settings: TlsSettings): void {
    if (areAsked(settings) === this.#areAsked) return;
    const message = 'client_auth_type: client certificates cannot be switched on or off without a restart';
    throw new ConfigError([{ message }]);
  }

  replace(settings: TlsSettings): void {
    this.#settings = settings;
  }
}

function areAsked({ clientAuthType }: TlsSettings): boolean {
  return clientAuthType !== 'NoClientCert';
}

function isAcceptable(socket: TLSSocket, settings: TlsSettings): boolean {
  const certificate = socket.getPeerCertificate();
  const isGiven = Object.keys(certificate).length > 0;
  switch (settings.clientAuthType) {
    case 'NoClientCert':
    case 'RequestClientCert':
      return true;
    case 'RequireAnyClientCert':
      return isGiven;
    case 'VerifyClientCertIfGiven':
      return !isGiven || (socket.authorized && hasAllowedName(certificate.subjectaltname, settings));
    case 'RequireAndVerifyClientCert':
      return isGiven && socket.authorized && hasAllowedName(certificate.subjectaltname, settings);
  }
}

/** Node writes the names as `DNS:a, IP Address:b, URI:c, email:d`; one with odd characters is a JSON text (CVE-2021-44532). */
function hasAllowedName(names: string | undefined, { clientAllowedSans }: TlsSettings): boolean {
  if (clientAllowedSans.length === 0) return true;
  const given = (names ?? '').split(', ').map((name) => name.slice(name.indexOf(':') + 1));
  return clientAllowedSans.some((allowed) => given.includes(allowed));
}
