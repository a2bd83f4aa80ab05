// Turns a configuration that an agent has in a cluster into one for an agent that finds the cluster's API server and secrets elsewhere.

import { parse, stringify } from 'yaml';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/';

export interface StandIn {
  /** Of the API server. */
  readonly url: string;
  /** With the files `token` and `ca.crt`. */
  readonly folder: string;
}

interface Configuration {
  readonly scrape_configs: readonly {
    readonly kubernetes_sd_configs?: readonly Readonly<Record<string, unknown>>[];
    readonly [field: string]: unknown;
  }[];
}

export function configurationFor(text: string, { url, folder }: StandIn): string {
  const access = {
    api_server: url,
    authorization: { credentials_file: `${folder}/token` },
    tls_config: { ca_file: `${folder}/ca.crt` },
  };
  const { scrape_configs: jobs } = parse(text.replaceAll(SERVICE_ACCOUNT, `${folder}/`)) as Configuration;
  const changed = jobs.map((job) => {
    const { kubernetes_sd_configs: discoveries } = job;
    if (discoveries === undefined) return job;
    return { ...job, kubernetes_sd_configs: discoveries.map((discovery) => ({ ...discovery, ...access })) };
  });
  return stringify({ scrape_configs: changed });
}
