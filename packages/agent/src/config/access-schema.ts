// `tls_config`, `basic_auth` and `authorization` of a job, as all Prometheus programs write them (prometheus/common, config/http_config.go).

import { z } from 'zod';
import type { ExporterTls } from '../targets/target.ts';
import type { FileSchema } from './discovery-schema.ts';
import { refused } from './foreign-fields.ts';
import { optionalText, orAbsent, text } from './text-schema.ts';

const NO_REFERENCES = 'is not supported; use the field that ends in _file';

const TLS_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

const tlsVersion = z
  .enum(['TLS10', 'TLS11', 'TLS12', 'TLS13'], 'must be one of TLS10, TLS11, TLS12, TLS13')
  .transform((name) => TLS_VERSIONS[name]);

export function tlsSchema(file: FileSchema) {
  return z
    .strictObject({
      ca: optionalText,
      ca_file: file.optional(),
      cert: optionalText,
      cert_file: file.optional(),
      key: optionalText,
      key_file: file.optional(),
      server_name: optionalText,
      insecure_skip_verify: z.boolean('must be true or false').optional(),
      min_version: tlsVersion.optional(),
      max_version: tlsVersion.optional(),
      ...refused(['ca_ref', 'cert_ref', 'key_ref'], NO_REFERENCES),
    })
    .superRefine((tls, context) => {
      const fault = (message: string): void => context.addIssue({ code: 'custom', message });
      if (tls.ca !== undefined && tls.ca_file !== undefined) fault('at most one of ca and ca_file can be set');
      if (tls.cert !== undefined && tls.cert_file !== undefined) fault('at most one of cert and cert_file can be set');
      if (tls.key !== undefined && tls.key_file !== undefined) fault('at most one of key and key_file can be set');
      const hasCert = (tls.cert ?? tls.cert_file) !== undefined;
      if (hasCert !== ((tls.key ?? tls.key_file) !== undefined))
        fault('a certificate and its key can be set together only');
      if ((tls.min_version ?? 'TLSv1') > (tls.max_version ?? 'TLSv1.3')) fault('min_version is above max_version');
    })
    .transform((tls): ExporterTls => ({
      ca: tls.ca,
      caFile: tls.ca_file,
      cert: tls.cert,
      certFile: tls.cert_file,
      key: tls.key,
      keyFile: tls.key_file,
      serverName: tls.server_name,
      insecureSkipVerify: tls.insecure_skip_verify ?? false,
      minVersion: tls.min_version,
      maxVersion: tls.max_version,
    }));
}

export function basicAuthSchema(file: FileSchema) {
  return z
    .strictObject({
      username: optionalText,
      username_file: file.optional(),
      password: optionalText,
      password_file: file.optional(),
      ...refused(['username_ref', 'password_ref'], NO_REFERENCES),
    })
    .superRefine((auth, context) => {
      const fault = (message: string): void => context.addIssue({ code: 'custom', message });
      if (auth.username !== undefined && auth.username_file !== undefined)
        fault('at most one of username and username_file can be set');
      if (auth.username?.includes(':') === true) fault('a username has no colon (RFC 7617)');
      if (auth.password !== undefined && auth.password_file !== undefined)
        fault('at most one of password and password_file can be set');
    });
}

export function authorizationSchema(file: FileSchema) {
  return z
    .strictObject({
      type: text
        .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/, 'must be one word')
        .transform(orAbsent)
        .optional(),
      credentials: optionalText,
      credentials_file: file.optional(),
      ...refused(['credentials_ref'], NO_REFERENCES),
    })
    .superRefine((auth, context) => {
      const fault = (message: string): void => context.addIssue({ code: 'custom', message });
      if (auth.type?.toLowerCase() === 'basic') fault('type cannot be Basic; write basic_auth');
      if (auth.credentials !== undefined && auth.credentials_file !== undefined)
        fault('at most one of credentials and credentials_file can be set');
    });
}
