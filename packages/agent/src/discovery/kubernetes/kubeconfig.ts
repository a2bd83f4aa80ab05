// The API server that a kubeconfig file names, by its current context (client-go, tools/clientcmd/api/v1/types.go).
// Loaded only where a job names such a file: `yaml` and `zod` weigh several megabytes.

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseYaml } from '@pullway/shared/config/yaml';
import { errorMessage } from '@pullway/shared/runtime/logger';
import type { CredentialSources } from '../../targets/exporters.ts';
import type { ExporterTls } from '../../targets/target.ts';
import { apiServerAt, type ApiServer } from './api-server.ts';

/** kubectl writes empty texts for what is not set. */
const text = z
  .string('must be text')
  .optional()
  .transform((value) => (value === '' ? undefined : value));

const pem = text.transform((value) => (value === undefined ? undefined : Buffer.from(value, 'base64').toString()));

const cluster = z.object({
  server: z.string('must be a URL'),
  'certificate-authority': text,
  'certificate-authority-data': pem,
  'insecure-skip-tls-verify': z.boolean('must be true or false').optional(),
  'tls-server-name': text,
  'proxy-url': text,
});

const user = z.object({
  token: text,
  tokenFile: text,
  'client-certificate': text,
  'client-certificate-data': pem,
  'client-key': text,
  'client-key-data': pem,
  username: text,
  password: text,
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
});

const kubeconfig = z.object({
  'current-context': z.string('must be the name of a context'),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: text }) })),
  clusters: z.array(z.object({ name: z.string(), cluster })),
  users: z.array(z.object({ name: z.string(), user: user.nullish() })).nullish(),
});

type Cluster = z.output<typeof cluster>;
type User = z.output<typeof user>;

/**
 * Names of files in it begin where `file` is.
 * @throws ConfigError when it cannot be read, is incomplete, or asks for what the agent cannot do (plugins, a proxy).
 */
export async function readKubeconfig(file: string): Promise<ApiServer> {
  const { 'current-context': current, contexts, clusters, users } = parseYaml(await read(file), file, kubeconfig);
  const context = contexts.find(({ name }) => name === current)?.context;
  if (context === undefined) throw fault(file, `there is no context ${current}, which current-context names`);
  const cluster = clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (cluster === undefined)
    throw fault(file, `there is no cluster ${context.cluster}, which context ${current} names`);
  const user = context.user === undefined ? {} : users?.find(({ name }) => name === context.user)?.user;
  if (user === undefined) throw fault(file, `there is no user ${context.user}, which context ${current} names`);
  refuseUnsupported(file, cluster, user ?? {});
  const at = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : resolve(dirname(file), name);
  return apiServerAt(cluster.server, {
    tls: tlsOf(cluster, user ?? {}, at),
    credentials: credentialsOf(user ?? {}, at),
  });
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigError([{ file, message: errorMessage(cause) }], { cause });
  }
}

function refuseUnsupported(file: string, cluster: Cluster, user: Partial<User>): void {
  if (user.exec !== undefined && user.exec !== null) {
    throw fault(file, 'exec: the agent runs no credential plugins; use a token, tokenFile or client certificate');
  }
  if (user['auth-provider'] !== undefined && user['auth-provider'] !== null) {
    throw fault(file, 'auth-provider: not supported; use a token, tokenFile or client certificate');
  }
  if (cluster['proxy-url'] !== undefined)
    throw fault(file, 'proxy-url: the agent reaches API servers directly; remove it');
}

type Locate = (name: string | undefined) => string | undefined;

/** What stands in the file itself comes before what it names, as in client-go. */
function tlsOf(cluster: Cluster, user: Partial<User>, at: Locate): ExporterTls {
  const { 'certificate-authority-data': ca, 'certificate-authority': caFile } = cluster;
  const { 'client-certificate-data': cert, 'client-certificate': certFile } = user;
  const { 'client-key-data': key, 'client-key': keyFile } = user;
  return {
    ...(ca === undefined ? { caFile: at(caFile) } : { ca }),
    ...(cert === undefined ? { certFile: at(certFile) } : { cert }),
    ...(key === undefined ? { keyFile: at(keyFile) } : { key }),
    serverName: cluster['tls-server-name'],
    insecureSkipVerify: cluster['insecure-skip-tls-verify'] ?? false,
  };
}

/** A file for the token comes before the token itself, as in client-go: the latter is what was in it at first. */
function credentialsOf({ token, tokenFile, username, password }: Partial<User>, at: Locate): CredentialSources {
  const file = at(tokenFile);
  if (file !== undefined) return { kind: 'authorization', type: 'Bearer', credentials: { kind: 'file', file } };
  if (token !== undefined) {
    return { kind: 'authorization', type: 'Bearer', credentials: { kind: 'inline', value: token } };
  }
  if (username === undefined) return { kind: 'none' };
  return { kind: 'basic', username, password: { kind: 'inline', value: password ?? '' } };
}

function fault(file: string, message: string): ConfigError {
  return new ConfigError([{ file, message }]);
}
