// From the credentials that a configuration writes down to where they come from.

import type { CredentialSources, SecretSource } from '../targets/exporters.ts';

/** `basic_auth`, `authorization` and the outdated bearer_token fields; at most one of them is set. */
export interface CredentialFields {
  readonly basic_auth?:
    | {
        readonly username?: string | undefined;
        readonly username_file?: string | undefined;
        readonly password?: string | undefined;
        readonly password_file?: string | undefined;
      }
    | undefined;
  readonly authorization?:
    | {
        readonly type?: string | undefined;
        readonly credentials?: string | undefined;
        readonly credentials_file?: string | undefined;
      }
    | undefined;
  readonly bearer_token?: string | undefined;
  readonly bearer_token_file?: string | undefined;
}

/** `users`: the user names in files, by file. */
export function credentialSources(fields: CredentialFields, users: ReadonlyMap<string, string>): CredentialSources {
  const { basic_auth: basic, authorization, bearer_token: token, bearer_token_file: tokenFile } = fields;
  if (basic !== undefined) {
    const username = basic.username ?? users.get(basic.username_file ?? '') ?? '';
    return { kind: 'basic', username, password: secretSource(basic.password, basic.password_file) };
  }
  if (authorization !== undefined) {
    const credentials = secretSource(authorization.credentials, authorization.credentials_file);
    return { kind: 'authorization', type: authorization.type ?? 'Bearer', credentials };
  }
  if (token === undefined && tokenFile === undefined) return { kind: 'none' };
  return { kind: 'authorization', type: 'Bearer', credentials: secretSource(token, tokenFile) };
}

function secretSource(value: string | undefined, file: string | undefined): SecretSource {
  return file === undefined ? { kind: 'inline', value: value ?? '' } : { kind: 'file', file };
}
