// Discovery without an API server: the role functions on the objects of the fixtures, filtered by a configuration as an API server
// would filter them.

import { endpointsGroup, endpointsSource } from '../../src/discovery/kubernetes/endpoints-role.ts';
import { endpointSliceGroup, endpointSliceSource } from '../../src/discovery/kubernetes/endpointslice-role.ts';
import { nodeGroup, nodeSource } from '../../src/discovery/kubernetes/node-role.ts';
import { ObjectCache, type CachedObject } from '../../src/discovery/kubernetes/object-cache.ts';
import { podGroup, podSource } from '../../src/discovery/kubernetes/pod-role.ts';
import { rawText } from '../../src/discovery/kubernetes/raw-fields.ts';
import { RoleGroups, type GroupRecipe } from '../../src/discovery/kubernetes/role-groups.ts';
import { serviceGroup, serviceSource } from '../../src/discovery/kubernetes/service-role.ts';
import {
  slimEndpoints,
  slimEndpointSlice,
  slimNode,
  slimPod,
  slimService,
} from '../../src/discovery/kubernetes/slim-objects.ts';
import type { TargetGroup } from '../../src/discovery/target-group.ts';
import { rawObjects, type Expectation, type ObjectFile } from './kubernetes-objects.ts';
import { isSelected } from './kubernetes-selector.ts';

type Config = Expectation['kubernetes_sd_config'];

/** The groups that `config` finds in the objects of the fixtures. */
export function discover(config: Config): readonly TargetGroup[] {
  const pods = cacheOf('pods', config, slimPod);
  const services = cacheOf('services', config, slimService);
  const nodes = cacheOf('nodes', config, slimNode);
  const related = { pods, services, ...(config.attach_metadata?.node === true ? { nodes } : {}) };
  switch (config.role) {
    case 'pod':
      return allGroups({ objects: pods, source: podSource, make: podGroup, related });
    case 'node':
      return allGroups({ objects: nodes, source: (_namespace, name) => nodeSource(name), make: nodeGroup, related });
    case 'service':
      return allGroups({ objects: services, source: serviceSource, make: serviceGroup, related });
    case 'endpoints':
      return allGroups({
        objects: cacheOf('endpoints', config, slimEndpoints),
        source: endpointsSource,
        make: endpointsGroup,
        related,
      });
    case 'endpointslice':
      return allGroups({
        objects: cacheOf('endpointslices', config, slimEndpointSlice),
        source: endpointSliceSource,
        make: endpointSliceGroup,
        related,
      });
  }
}

function allGroups<T extends CachedObject>(recipe: GroupRecipe<T>): readonly TargetGroup[] {
  const groups = new RoleGroups(recipe);
  groups.follow(() => undefined);
  return groups.takeChanges();
}

const ROLES: Readonly<Record<ObjectFile, string>> = {
  pods: 'pod',
  nodes: 'node',
  services: 'service',
  endpoints: 'endpoints',
  endpointslices: 'endpointslice',
};

function cacheOf<T extends CachedObject>(name: ObjectFile, config: Config, slim: (raw: unknown) => T): ObjectCache<T> {
  const selector = config.selectors.find(({ role }) => role === ROLES[name]) ?? { label: '', field: '' };
  const inNamespace = (raw: unknown) =>
    name === 'nodes' || (config.namespaces?.names.includes(rawText(raw, 'metadata', 'namespace')) ?? true);
  const chosen = rawObjects(name).filter((raw) => inNamespace(raw) && isSelected(raw, selector.label, selector.field));
  const cache = new ObjectCache<T>();
  cache.replaceAll(chosen.map(slim));
  return cache;
}
