// What Kubernetes gives each pod to reach the API server: two environment variables and a folder with token, CA and namespace.
// (kubernetes.io, "Accessing the Kubernetes API from a Pod")

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '@pullway/shared/config/faults';
import { errorMessage } from '@pullway/shared/runtime/logger';
import type { ApiServer } from './api-server.ts';

const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** @throws ConfigError outside of a cluster. */
export function inClusterServer(
  environment: Readonly<Record<string, string | undefined>>,
  folder = SERVICE_ACCOUNT_FOLDER,
): ApiServer {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = Number(environment['KUBERNETES_SERVICE_PORT']);
  if (host === undefined || host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    const message =
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: the agent runs outside of Kubernetes; set api_server or kubeconfig_file';
    throw new ConfigError([{ message }]);
  }
  return {
    scheme: 'https',
    host,
    port,
    basePath: '',
    tls: { caFile: join(folder, 'ca.crt'), insecureSkipVerify: false },
    credentials: {
      kind: 'authorization',
      type: 'Bearer',
      credentials: { kind: 'file', file: join(folder, 'token') },
    },
  };
}

/** The namespace that the agent's own pod runs in. @throws ConfigError when it cannot be read. */
export async function ownNamespace(folder = SERVICE_ACCOUNT_FOLDER): Promise<string> {
  const file = join(folder, 'namespace');
  try {
    const namespace = (await readFile(file, 'utf8')).trim();
    if (namespace !== '') return namespace;
  } catch (cause) {
    throw new ConfigError([{ message: `own_namespace: ${errorMessage(cause)}` }], { cause });
  }
  throw new ConfigError([{ message: `own_namespace: ${file} is empty` }]);
}
