// Role `ingress`: a target for each path of each rule, by the host of the rule; meant for probes from outside (discovery/kubernetes/ingress.go).

import type { Labels } from '@pullway/shared/protocol/announcement';
import type { TargetGroup } from '../target-group.ts';
import { META, objectLabels, presentLabels } from './meta-labels.ts';
import type { Ingress, IngressRule } from './objects.ts';

export function ingressSource(namespace: string, name: string): string {
  return `ingress/${namespace}/${name}`;
}

export function ingressGroup(ingress: Ingress): TargetGroup {
  const { namespace, name, className, tlsHosts, rules } = ingress;
  return {
    source: ingressSource(namespace, name),
    labels: {
      ...presentLabels({ [`${META}namespace`]: namespace, [`${META}ingress_class_name`]: className }),
      ...objectLabels('ingress', ingress),
    },
    targets: rules.flatMap((rule) => ruleTargets(rule, tlsHosts)),
  };
}

/** A rule without paths stands for `/`. */
function ruleTargets({ host, paths }: IngressRule, tlsHosts: readonly string[]): readonly Labels[] {
  const scheme = tlsHosts.some((pattern) => coversHost(pattern, host)) ? 'https' : 'http';
  return (paths ?? ['/']).map((path) =>
    presentLabels({
      __address__: host,
      [`${META}ingress_scheme`]: scheme,
      [`${META}ingress_host`]: host,
      [`${META}ingress_path`]: path === '' ? '/' : path,
    }),
  );
}

/** Whether `pattern`, whose first part may be `*` for exactly one part, stands for `host`. */
function coversHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const [first, ...rest] = pattern.split('.');
  return first === '*' && rest.join('.') === host.split('.').slice(1).join('.') && host.includes('.');
}
