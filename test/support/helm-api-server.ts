// As much of an API server as helm asks before it installs: which kinds there are, and which Secrets. It takes nothing.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { NAMESPACE, RELEASE } from './chart.ts';

/** Kinds of the objects that helm is to install, by the path of their group. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  '/api/v1': ['Secret', 'ConfigMap', 'Service', 'ServiceAccount', 'Pod', 'Namespace'],
  '/apis/apps/v1': ['Deployment', 'StatefulSet', 'DaemonSet'],
  '/apis/gateway.networking.k8s.io/v1': ['HTTPRoute'],
  '/apis/monitoring.coreos.com/v1': ['ServiceMonitor', 'PodMonitor', 'PrometheusRule'],
  '/apis/networking.k8s.io/v1': ['Ingress', 'NetworkPolicy'],
  '/apis/policy/v1': ['PodDisruptionBudget'],
  '/apis/rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
};

/** @returns the URL of an API server where `secrets` exist, by name: their content by key. It ends with `test`. */
export async function runHelmApiServer(
  test: TestContext,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<string> {
  const server = createServer(({ url = '' }, response) =>
    answer(response, new URL(url, 'http://api').pathname, secrets),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  test.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(
  response: ServerResponse,
  path: string,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
): void {
  const kinds = KINDS[path];
  const [, name = ''] = /\/secrets\/([^/]+)$/.exec(path) ?? [];
  const content = secrets[name];
  if (path === '/version') return send(response, { major: '1', minor: '36', gitVersion: 'v1.36.0' });
  if (path === '/api') return send(response, { kind: 'APIVersions', versions: ['v1'] });
  if (path === '/apis') return send(response, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups() });
  if (kinds !== undefined) return send(response, resourceList(path, kinds));
  if (path.endsWith('/secrets'))
    return send(response, { kind: 'SecretList', apiVersion: 'v1', metadata: {}, items: [] });
  if (content !== undefined) return send(response, secretObject(name, content));
  send(response, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }, 404);
}

function send(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function groups(): readonly object[] {
  return Object.keys(KINDS).flatMap((path) => {
    const [, groupVersion, name] = /^\/apis\/(([^/]+)\/v1)$/.exec(path) ?? [];
    const version = { groupVersion, version: 'v1' };
    return name === undefined ? [] : [{ name, versions: [version], preferredVersion: version }];
  });
}

function resourceList(path: string, kinds: readonly string[]): object {
  const resources = kinds.map((kind) => ({
    kind,
    name: plural(kind),
    namespaced: !kind.startsWith('Cluster') && kind !== 'Namespace',
    verbs: ['get', 'list', 'create'],
  }));
  return { kind: 'APIResourceList', groupVersion: path.replace(/^\/apis?\//, ''), resources };
}

function plural(kind: string): string {
  return kind.toLowerCase().replace(/y$/, 'ie').replace(/ss$/, 'sse') + 's';
}

function secretObject(name: string, content: Readonly<Record<string, string>>): object {
  // By these helm knows that a release of its own has made it.
  const annotations = { 'meta.helm.sh/release-name': RELEASE, 'meta.helm.sh/release-namespace': NAMESPACE };
  const metadata = { name, namespace: NAMESPACE, annotations, labels: { 'app.kubernetes.io/managed-by': 'Helm' } };
  const data = Object.entries(content).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return { kind: 'Secret', apiVersion: 'v1', metadata, data: Object.fromEntries(data) };
}
