// The restricted level of the Pod Security Standards (kubernetes.io, "Pod Security Standards", v1.34), as faults of a pod on Linux. It is
// stricter where that is simpler: no sysctls at all, and no SELinux options.

import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { containersOf } from './manifests.ts';

/** "Volume Types": anything else gives a way to the node. */
const ALLOWED_VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const ALLOWED_SECCOMP: ReadonlySet<string | undefined> = new Set(['RuntimeDefault', 'Localhost']);

/** What the restricted level refuses in `spec`; empty when it is admitted. */
export function restrictedFaults(spec: IPodSpec): readonly string[] {
  const containers = containersOf(spec);
  return [...hostFaults(spec), ...volumeFaults(spec), ...containers.flatMap((each) => containerFaults(spec, each))];
}

/** "Host Namespaces", "HostProcess", "Sysctls". */
function hostFaults(spec: IPodSpec): readonly string[] {
  const { securityContext } = spec;
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
  return [
    ...shared,
    ...((securityContext?.sysctls ?? []).length > 0 ? ['sysctls'] : []),
    ...(securityContext?.seLinuxOptions === undefined ? [] : ['SELinux options']),
    ...(securityContext?.appArmorProfile?.type === 'Unconfined' ? ['no AppArmor profile'] : []),
    ...(securityContext?.windowsOptions?.hostProcess === true ? ['hostProcess'] : []),
    ...(securityContext?.runAsUser === 0 ? ['the pod runs as root'] : []),
  ];
}

function volumeFaults({ volumes = [] }: IPodSpec): readonly string[] {
  return volumes.flatMap(({ name, ...kinds }) =>
    Object.keys(kinds)
      .filter((kind) => !ALLOWED_VOLUMES.has(kind))
      .map((kind) => `volume ${name}: ${kind}`),
  );
}

function containerFaults(spec: IPodSpec, container: IContainer): readonly string[] {
  const { securityContext: own = {}, ports = [], name } = container;
  const seccomp = own.seccompProfile?.type ?? spec.securityContext?.seccompProfile?.type;
  const added = (own.capabilities?.add ?? []).filter((capability) => capability !== 'NET_BIND_SERVICE');
  const faults = [
    own.privileged === true && 'privileged',
    own.allowPrivilegeEscalation !== false && 'may gain privileges',
    !(own.capabilities?.drop ?? []).includes('ALL') && 'keeps capabilities',
    added.length > 0 && `adds ${added.join(', ')}`,
    (own.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) !== true && 'may run as root',
    own.runAsUser === 0 && 'runs as root',
    !ALLOWED_SECCOMP.has(seccomp) && 'has no seccomp profile',
    own.procMount !== undefined && own.procMount !== 'Default' && 'has another /proc',
    own.seLinuxOptions !== undefined && 'has SELinux options',
    own.appArmorProfile?.type === 'Unconfined' && 'has no AppArmor profile',
    namesHosts(container) && 'lets the kubelet connect to other hosts',
    ports.some(({ hostPort = 0 }) => hostPort !== 0) && 'takes a port of the node',
  ];
  return faults.filter((fault) => fault !== false).map((fault) => `container ${name} ${fault}`);
}

/** "Host Probes / Lifecycle Hooks". */
function namesHosts({ livenessProbe, readinessProbe, startupProbe, lifecycle }: IContainer): boolean {
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  return handlers.some((handler) => (handler?.httpGet?.host ?? handler?.tcpSocket?.host ?? '') !== '');
}
