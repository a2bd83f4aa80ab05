// A small cluster for end-to-end tests: an API server that wants a token, a kubelet that wants it too, two pods and a service. Pods and nodes
// have addresses of loopback. What runs in it is real: TLS, tokens, exporters; only the API server and the kubelet are stand-ins.

import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { StandInApiServer } from '../../packages/agent/test/support/api-server.ts';
import { foundAuthority } from './certificates.ts';
import { runExporter, runTlsExporter, TEXT_FORMAT, type RunningExporter } from './exporter.ts';
import { configurationFor } from './stand-in-configuration.ts';
import { temporaryFolder } from './temporary-folder.ts';

const TOKEN = 'token-of-the-service-account';

export interface KubernetesCluster {
  readonly api: StandInApiServer;
  readonly apiPort: number;
  /** Answers everything that has the token; remembers all that was asked. */
  readonly kubelet: RunningExporter;
  readonly web: RunningExporter;
  readonly db: RunningExporter;
  /** What the API server was asked for beside lists and watches. */
  readonly apiRequests: readonly IncomingMessage[];
  /** Of the service account; it may do everything unless `api.grants` is changed. */
  readonly token: string;
  /**
   * An agent's configuration, as the chart has it, for an agent in this cluster. There the agent is told by its environment where the API
   * server is, and its secrets are at a place of their own; there are no other changes.
   */
  readonly adapt: (text: string) => string;
  /** Writes it to a file, and gives the name of that. */
  readonly configure: (text: string) => Promise<string>;
}

export async function runKubernetesCluster(test: TestContext, openssl: string): Promise<KubernetesCluster> {
  const folder = await temporaryFolder(test);
  const authority = await foundAuthority(openssl, folder, 'ca');
  const { cert, key } = await authority.issue('api', ['IP:127.0.0.1', 'DNS:kubernetes.default.svc']);
  // As kubeadm sets kubelets up: nobody knows who signed.
  const stranger = await foundAuthority(openssl, folder, 'kubelet-ca');
  const kubelet = await runTlsExporter(
    test,
    await stranger.issue('kubelet', ['DNS:worker-1']),
    withToken(answerSample('kubelet_up')),
    '127.0.0.4',
  );
  const web = await runExporter(test, answerSample('web_up'), '127.0.0.2');
  const db = await runExporter(test, answerSample('db_up'), '127.0.0.3');
  const apiRequests: IncomingMessage[] = [];
  const answerMetrics = withToken(answerSample('apiserver_up'));
  const otherwise: RequestListener = (request, response) => {
    apiRequests.push(request);
    answerMetrics(request, response);
  };
  const api = new StandInApiServer({ tls: { cert, key }, otherwise });
  api.grants.set(TOKEN, () => true);
  const url = await api.listen();
  test.after(() => api.close());
  const apiPort = Number(new URL(url).port);
  await writeFile(join(folder, 'token'), TOKEN);
  const adapt = (text: string): string => configurationFor(text, { url, folder });
  const configure = async (text: string): Promise<string> => {
    const file = join(folder, `agent-${randomUUID()}.yml`);
    await writeFile(file, adapt(text));
    return file;
  };
  const cluster = { api, apiPort, apiRequests, kubelet, web, db, token: TOKEN, adapt, configure };
  fill(cluster);
  return cluster;
}

function fill({ api: { store }, apiPort, kubelet, web, db }: KubernetesCluster): void {
  store.apply('nodes', {
    metadata: { name: 'worker-1', labels: { zone: 'eu-1a' } },
    status: {
      addresses: [{ type: 'InternalIP', address: kubelet.host }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
    },
  });
  store.apply('pods', podObject('web-1', web.host, [], scraped({ port: String(web.port), path: '/stats' })));
  store.apply('pods', podObject('db-0', db.host, [db.port], {}));
  store.apply('pods', podObject('silent-0', '127.0.0.9', [9], {}));
  store.apply('services', serviceObject('shop', 'db', scraped({})));
  const backing = { kind: 'Pod', namespace: 'shop', name: 'db-0' };
  const endpoint = { addresses: [db.host], nodeName: 'worker-1', conditions: { ready: true }, targetRef: backing };
  store.apply('endpointslices', sliceObject('shop', 'db', { name: 'metrics', port: db.port }, endpoint));
  store.apply('services', serviceObject('default', 'kubernetes', {}));
  const apiEndpoint = { addresses: ['127.0.0.1'], conditions: { ready: true } };
  store.apply('endpointslices', sliceObject('default', 'kubernetes', { name: 'https', port: apiPort }, apiEndpoint));
}

function scraped(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries({ scrape: 'true', ...more });
  return Object.fromEntries(entries.map(([name, value]) => [`prometheus.io/${name}`, value]));
}

function podObject(name: string, ip: string, ports: readonly number[], annotations: object) {
  const [app] = name.split('-');
  const container = { name: 'main', image: 'i:1', ports: ports.map((port) => ({ containerPort: port })) };
  return {
    metadata: { name, namespace: 'shop', labels: { app }, annotations },
    spec: { nodeName: 'worker-1', containers: [container] },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  };
}

function serviceObject(namespace: string, name: string, annotations: object) {
  return { metadata: { name, namespace, labels: { tier: 'back' }, annotations } };
}

function sliceObject(namespace: string, service: string, port: object, endpoint: object) {
  return {
    metadata: { name: `${service}-1`, namespace, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports: [{ protocol: 'TCP', ...port }],
    endpoints: [endpoint],
  };
}

function answerSample(name: string): RequestListener {
  return (request, response) => {
    response.writeHead(200, { 'content-type': TEXT_FORMAT });
    response.end(`# TYPE ${name} gauge\n${name}{path=${JSON.stringify(request.url)}} 1\n`);
  };
}

function withToken(listener: RequestListener): RequestListener {
  return (request, response) => {
    if (request.headers.authorization === `Bearer ${TOKEN}`) return listener(request, response);
    response.writeHead(401).end('Unauthorized');
  };
}
