// From an entry of `kubernetes_sd_configs` to what serves it: where the API server is, and which namespaces are meant.
// Loaded only where a job has one.

import type { KubernetesDiscovery } from '../../config/discovery-config.ts';
import type { ApiAccess } from '../../config/kubernetes-access.ts';
import { apiServerAt, type ApiServer } from './api-server.ts';
import { ApiWatches } from './api-watches.ts';
import { inClusterServer, ownNamespace } from './in-cluster.ts';
import { KubernetesMechanism } from './kubernetes-mechanism.ts';
import type { WatchSurroundings } from './watched-objects.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export class KubernetesMechanisms {
  readonly #environment: Environment;
  readonly #watches: ApiWatches;

  constructor(surroundings: WatchSurroundings, environment: Environment, userAgent: string) {
    this.#environment = environment;
    this.#watches = new ApiWatches(surroundings, userAgent);
  }

  /** @throws ConfigError when the API server or the namespace cannot be told. */
  async create(config: KubernetesDiscovery): Promise<KubernetesMechanism> {
    const own = config.ownNamespace ? [await ownNamespace()] : [];
    return new KubernetesMechanism({
      config,
      server: await findServer(config.access, this.#environment),
      namespaces: [...new Set([...config.namespaces, ...own])],
      watches: this.#watches,
    });
  }
}

async function findServer(access: ApiAccess, environment: Environment): Promise<ApiServer> {
  switch (access.kind) {
    case 'in-cluster':
      return inClusterServer(environment);
    case 'url':
      return apiServerAt(access.url, access);
    case 'kubeconfig': {
      // It is YAML, whose parser weighs several megabytes.
      const { readKubeconfig } = await import('./kubeconfig.ts');
      return readKubeconfig(access.file);
    }
  }
}
