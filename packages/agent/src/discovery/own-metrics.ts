// The agent as a target of itself: `up{job="pullway-agent"}` at the central Prometheus is then the state of the tunnel.

import type { AgentIdentity } from '../targets/address.ts';
import { NO_TLS_SETTINGS, type FindExporter } from '../targets/exporters.ts';
import type { Target } from '../targets/target.ts';

const OWN_JOB = 'pullway-agent';

/** Port in the address of every agent, wherever its status server listens: dashboards and alerts can rely on it. */
const OWN_PORT = 9369;

/** Where the status server of this agent listens. */
export interface OwnEndpoint {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly telemetryPath: string;
}

export function ownMetricsTarget(endpoint: OwnEndpoint, identity: AgentIdentity, find: FindExporter): Target {
  const { host, port, telemetryPath } = endpoint;
  const suffix = identity.cluster === '' ? '' : `.${identity.cluster}`;
  return {
    address: `${identity.name}${suffix}:${OWN_PORT}`,
    path: telemetryPath,
    allowedPaths: [],
    passthrough: false,
    exporter: find({ scheme: 'http', host, port, tls: NO_TLS_SETTINGS, credentials: { kind: 'none' } }),
    labels: { job: OWN_JOB, __metrics_path__: telemetryPath, __scheme__: 'http' },
  };
}
