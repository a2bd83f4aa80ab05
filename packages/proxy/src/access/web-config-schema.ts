// The format of --web.config.file: exporter-toolkit's (docs/web-configuration.md there), checked strictly.
// What this proxy must refuse of it is refused here, with the reason.

import { z } from 'zod';
import { openSslCurve, openSslSuite } from './cipher-suites.ts';

export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

const OLD_TLS = 'TLS 1.0 and 1.1 are not served (RFC 8996)';

const tlsVersion = z.enum(['TLS13', 'TLS12', 'TLS11', 'TLS10']).superRefine((version, context) => {
  if (version === 'TLS11' || version === 'TLS10') context.addIssue({ code: 'custom', message: OLD_TLS });
});

const cipherSuite = z.string().superRefine((name, context) => {
  if (openSslSuite(name) === undefined)
    context.addIssue({ code: 'custom', message: `no secure cipher suite: ${name}` });
});

const curve = z.string().superRefine((name, context) => {
  if (openSslCurve(name) === undefined) context.addIssue({ code: 'custom', message: `unknown curve ${name}` });
});

const tls = z
  .strictObject({
    cert_file: z.string().min(1).optional(),
    cert: z.string().min(1).optional(),
    key_file: z.string().min(1).optional(),
    key: z.string().min(1).optional(),
    client_ca_file: z.string().min(1).optional(),
    client_ca: z.string().min(1).optional(),
    client_auth_type: z.enum(CLIENT_AUTH_TYPES).default('NoClientCert'),
    client_allowed_sans: z.array(z.string().min(1)).default([]),
    min_version: tlsVersion.default('TLS12'),
    max_version: tlsVersion.default('TLS13'),
    cipher_suites: z.array(cipherSuite).default([]),
    prefer_server_cipher_suites: z.boolean().default(true),
    curve_preferences: z.array(curve).default([]),
  })
  .superRefine((settings, context) => {
    const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    for (const name of ['cert', 'key'] as const) {
      const given = [settings[name], settings[`${name}_file`]].filter((value) => value !== undefined);
      if (given.length !== 1) fault(`${name}_file`, `exactly one of ${name} and ${name}_file is needed`);
    }
    const { client_ca, client_ca_file, client_auth_type } = settings;
    if (client_ca !== undefined && client_ca_file !== undefined) {
      fault('client_ca_file', 'client_ca is given as well');
    }
    const hasCa = client_ca !== undefined || client_ca_file !== undefined;
    if (hasCa && client_auth_type === 'NoClientCert') {
      fault('client_auth_type', 'a client CA without client authentication has no effect');
    }
    if (
      !hasCa &&
      (client_auth_type === 'VerifyClientCertIfGiven' || client_auth_type === 'RequireAndVerifyClientCert')
    ) {
      fault('client_auth_type', `${client_auth_type} needs client_ca_file`);
    }
    if (settings.min_version === 'TLS13' && settings.max_version === 'TLS12') {
      fault('max_version', 'is lower than min_version');
    }
  });

const HTTP2_REASON =
  'http2 cannot be served: Prometheus fails to use a proxy that negotiates it, and HTTP/2 has no reason phrase';

const http = z.strictObject({
  http2: z
    .boolean()
    .superRefine((http2, context) => {
      if (http2) context.addIssue({ code: 'custom', message: HTTP2_REASON });
    })
    .optional(),
  headers: z
    .strictObject({
      'Content-Security-Policy': z.string().optional(),
      'X-Frame-Options': z.enum(['', 'deny', 'sameorigin', 'DENY', 'SAMEORIGIN']).optional(),
      'X-Content-Type-Options': z.enum(['', 'nosniff']).optional(),
      'X-XSS-Protection': z.string().optional(),
      'Strict-Transport-Security': z.string().optional(),
    })
    .superRefine((headers, context) => {
      for (const [name, value] of Object.entries(headers)) {
        if (value !== undefined && /[^\x20-\x7e]/.test(value)) {
          context.addIssue({ code: 'custom', path: [name], message: 'has a character that no header may hold' });
        }
      }
    })
    .default({}),
});

const user = z
  .string()
  .regex(/^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/, 'is no bcrypt hash ($2y$…); htpasswd -nBC 10 makes one');

export const webConfigSchema = z.strictObject({
  tls_server_config: tls.optional(),
  http_server_config: http.optional(),
  basic_auth_users: z.record(z.string().min(1), user).default({}),
});

export type WebConfigFile = z.output<typeof webConfigSchema>;
export type TlsServerConfig = NonNullable<WebConfigFile['tls_server_config']>;
