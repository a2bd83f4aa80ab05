// --web.config.file as the listeners use it: certificates read, names translated, users by name.
// It is read anew, whole, at each reload; a fault leaves the old one in force.

import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { dirname, resolve } from 'node:path';
import { ConfigError, type Fault } from '@pullway/shared/config/faults';
import { parseYaml } from '@pullway/shared/config/yaml';
import { openSslCurve, openSslSuite } from './cipher-suites.ts';
import { webConfigSchema, type ClientAuthType, type TlsServerConfig } from './web-config-schema.ts';

export interface TlsSettings {
  readonly context: SecureContextOptions;
  readonly clientAuthType: ClientAuthType;
  /** Client certificates must have one of these names (DNS, e-mail, IP address or URI); empty: any. */
  readonly clientAllowedSans: readonly string[];
}

export interface WebConfig {
  /** Undefined: plain HTTP. */
  readonly tls: TlsSettings | undefined;
  /** Fields of every answer that the proxy itself gives. */
  readonly headers: Readonly<Record<string, string>>;
  /** bcrypt hash by user name; empty: everybody may. */
  readonly users: ReadonlyMap<string, string>;
  /** Files that were read besides the configuration itself. */
  readonly files: readonly string[];
}

export const NO_WEB_CONFIG: WebConfig = { tls: undefined, headers: {}, users: new Map(), files: [] };

/** Reads a file as text. @throws ConfigError when it cannot. */
export type ReadText = (file: string) => Promise<string>;

/** @throws ConfigError with all faults, those of the certificates included. */
export async function parseWebConfig(text: string, file: string, readText: ReadText): Promise<WebConfig> {
  const content = parseYaml(text, file, webConfigSchema);
  const tls = content.tls_server_config;
  const headers = Object.entries(content.http_server_config?.headers ?? {}).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
  return Object.freeze({
    tls: tls === undefined ? undefined : await loadTls(tls, file, readText),
    headers: Object.fromEntries(headers),
    users: new Map(Object.entries(content.basic_auth_users)),
    files: tls === undefined ? [] : certificateFiles(tls, file),
  });
}

function certificateFiles(tls: TlsServerConfig, file: string): readonly string[] {
  const names = [tls.cert_file, tls.key_file, tls.client_ca_file];
  return names.flatMap((name) => (name === undefined ? [] : [resolve(dirname(file), name)]));
}

async function loadTls(tls: TlsServerConfig, file: string, readText: ReadText): Promise<TlsSettings> {
  const faults: Fault[] = [];
  const load = async (inline: string | undefined, name: string | undefined): Promise<string | undefined> => {
    if (name === undefined) return inline;
    try {
      return await readText(resolve(dirname(file), name));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  // One after the other, so that faults come in the order of the file and not of the disk.
  const cert = await load(tls.cert, tls.cert_file);
  const key = await load(tls.key, tls.key_file);
  const ca = await load(tls.client_ca, tls.client_ca_file);
  if (faults.length > 0) throw new ConfigError(faults);
  const context = secureContext(tls, { ...(cert && { cert }), ...(key && { key }), ...(ca && { ca }) });
  checkContext(context, file);
  return { context, clientAuthType: tls.client_auth_type, clientAllowedSans: tls.client_allowed_sans };
}

function secureContext(tls: TlsServerConfig, certificates: SecureContextOptions): SecureContextOptions {
  const ciphers = tls.cipher_suites.map(openSslSuite).join(':');
  const curves = tls.curve_preferences.map(openSslCurve).join(':');
  return {
    ...certificates,
    minVersion: tls.min_version === 'TLS13' ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: tls.max_version === 'TLS12' ? 'TLSv1.2' : 'TLSv1.3',
    honorCipherOrder: tls.prefer_server_cipher_suites,
    ...(ciphers !== '' && { ciphers }),
    ...(curves !== '' && { ecdhCurve: curves }),
  };
}

/** OpenSSL finds what is wrong with a pair before the first scraper does. */
function checkContext(context: SecureContextOptions, file: string): void {
  try {
    createSecureContext(context);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ file, message: `tls_server_config: ${message}` }], { cause: error });
  }
}
