// Discovery without an API server: the roles on the objects of the fixtures, filtered by a configuration as an API server would filter them.

import { ObjectCache, type CachedObject } from '../../src/discovery/kubernetes/object-cache.ts';
import { rawText } from '../../src/discovery/kubernetes/raw-fields.ts';
import { roleGroups, WATCHED_KINDS } from '../../src/discovery/kubernetes/role.ts';
import {
  slimEndpoints,
  slimEndpointSlice,
  slimNode,
  slimPod,
  slimService,
} from '../../src/discovery/kubernetes/slim-objects.ts';
import type { TargetGroup } from '../../src/discovery/target-group.ts';
import { rawObjects, type Expectation, type RecordedRole } from './kubernetes-objects.ts';
import { isSelected } from './kubernetes-selector.ts';

type Config = Expectation['kubernetes_sd_config'];

/** The groups that `config` finds in the objects of the fixtures. */
export function discover(config: Config): readonly TargetGroup[] {
  const groups = roleGroups(config.role, {
    pods: cacheOf('pod', config, slimPod),
    nodes: cacheOf('node', config, slimNode),
    services: cacheOf('service', config, slimService),
    endpoints: cacheOf('endpoints', config, slimEndpoints),
    endpointSlices: cacheOf('endpointslice', config, slimEndpointSlice),
  });
  groups.follow(() => undefined);
  return groups.takeChanges();
}

function cacheOf<T extends CachedObject>(
  kind: RecordedRole,
  config: Config,
  slim: (raw: unknown) => T,
): ObjectCache<T> {
  const cache = new ObjectCache<T>();
  const isAttached = kind === 'node' && config.attach_metadata?.node === true;
  if (!isAttached && !WATCHED_KINDS[config.role].includes(kind)) return cache;
  const selector = config.selectors.find(({ role }) => role === kind) ?? { label: '', field: '' };
  const isInNamespace = (raw: unknown) =>
    kind === 'node' || (config.namespaces?.names.includes(rawText(raw, 'metadata', 'namespace')) ?? true);
  const chosen = rawObjects(kind).filter(
    (raw) => isInNamespace(raw) && isSelected(raw, selector.label, selector.field),
  );
  cache.replaceAll(chosen.map(slim));
  return cache;
}
