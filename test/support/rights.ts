// What the chart lets an agent ask for, and what an agent asked for, in the same words: `VERB SCOPE GROUP/RESOURCE` or `VERB PATH`.

import type { IncomingMessage } from 'node:http';
import type { IPolicyRule } from 'kubernetes-models/rbac.authorization.k8s.io/v1/PolicyRule';
import type { ApiCall } from '../../packages/agent/test/support/api-server-requests.ts';
import { KINDS } from '../../packages/agent/test/support/api-server-store.ts';
import { named, ofKind, type Manifest } from './manifests.ts';

/** What the account `name` in `namespace` may do. The scope is a namespace, or * for the cluster. */
export function granted(manifests: readonly Manifest[], namespace: string, name: string): ReadonlySet<string> {
  const isBound = ({
    subjects = [],
  }: {
    readonly subjects?: readonly { kind: string; name: string; namespace?: string }[];
  }) =>
    subjects.some(
      (subject) => subject.kind === 'ServiceAccount' && subject.name === name && subject.namespace === namespace,
    );
  const everywhere = ofKind(manifests, 'ClusterRoleBinding').filter(isBound);
  const somewhere = ofKind(manifests, 'RoleBinding').filter(isBound);
  return new Set([
    ...everywhere.flatMap(({ roleRef }) => rights(named(manifests, 'ClusterRole', roleRef.name).rules, '*')),
    ...somewhere.flatMap(({ roleRef, metadata }) => {
      const roles = manifests.filter((manifest) => manifest.metadata.namespace === metadata.namespace);
      return rights(named(roles, 'Role', roleRef.name).rules, metadata.namespace ?? '');
    }),
  ]);
}

/** The right that a list or a watch needs. */
export function rightFor({ verb, namespace, resource }: ApiCall): string {
  const [group, version] = KINDS[resource].apiVersion.split('/');
  return `${verb} ${namespace === '' ? '*' : namespace} ${version === undefined ? '' : group}/${resource}`;
}

/** The right that another request to the API server needs, as its authorizer has it: the path is the right. */
export function pathRight({ method = '', url = '' }: IncomingMessage): string {
  return `${method.toLowerCase()} ${new URL(url, 'http://api').pathname}`;
}

/** The right that a kubelet asks the API server about when it is asked for `url` (kubernetes.io, "Kubelet authentication/authorization"). */
export function kubeletRight({ method = '', url = '' }: IncomingMessage): string {
  const { pathname } = new URL(url, 'http://kubelet');
  const [, subresource = 'proxy'] = /^\/(stats|metrics|logs|spec|checkpoint)(?:\/|$)/.exec(pathname) ?? [];
  return `${method === 'POST' ? 'create' : 'get'} * /nodes/${subresource}`;
}

function rights(rules: readonly IPolicyRule[] | undefined, scope: string): readonly string[] {
  return (rules ?? []).flatMap(({ verbs, apiGroups = [], resources = [], nonResourceURLs = [] }) =>
    verbs.flatMap((verb) => [
      ...apiGroups.flatMap((group) => resources.map((resource) => `${verb} ${scope} ${group}/${resource}`)),
      ...nonResourceURLs.map((path) => `${verb} ${path}`),
    ]),
  );
}
