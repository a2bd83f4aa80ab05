// An IP address that goes from one pod to another: samples of the second must never be filed under the name of the first.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { StandInApiServer } from '../packages/agent/test/support/api-server.ts';
import type { KubernetesObject } from '../packages/agent/test/support/api-server-store.ts';
import { runAgent } from './support/agent.ts';
import { eventually } from './support/eventually.ts';
import { runExporter, type RunningExporter } from './support/exporter.ts';
import { runProxy, type RunningProxy } from './support/proxy.ts';
import { scrape, type ScrapeResult } from './support/scraper.ts';
import { addresses, discover } from './support/service-discovery.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

interface Scene {
  readonly api: StandInApiServer;
  readonly proxy: RunningProxy;
  /** Whatever pod has the IP address 127.0.0.1. */
  readonly exporter: RunningExporter;
}

/** A proxy, and an agent that announces the pods of an API server. */
async function startScene(t: TestContext): Promise<Scene> {
  const exporter = await runExporter(t);
  const api = new StandInApiServer();
  const url = await api.listen();
  t.after(() => api.close());
  api.store.apply('pods', pod('old-0', exporter.port));
  const configFile = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(
    configFile,
    `scrape_configs: [{job_name: pods, kubernetes_sd_configs: [{role: pod, api_server: '${url}'}]}]`,
  );
  const proxy = await runProxy(t);
  await runAgent(t, { proxies: [proxy.url], flags: [`--config.file=${configFile}`] });
  const scene = { api, proxy, exporter };
  await eventually(async () => assert.ok((await podsIn(scene)).includes(addressOf('old-0', scene))));
  return scene;
}

function pod(name: string, port: number, { phase = 'Running', created = '' } = {}): KubernetesObject {
  const containers = [{ name: 'main', image: 'i:1', ports: [{ containerPort: port, protocol: 'TCP' }] }];
  return {
    metadata: { name, namespace: 'shop', creationTimestamp: created },
    spec: { containers },
    status: { phase, podIP: '127.0.0.1', hostIP: '192.0.2.1' },
  };
}

function addressOf(name: string, { exporter }: Scene): string {
  return `${name}.shop.pod:${exporter.port}`;
}

async function podsIn({ proxy }: Scene): Promise<readonly string[]> {
  return addresses(await discover(`${proxy.url}/sd?job=pods`));
}

function scrapePod(name: string, scene: Scene): Promise<ScrapeResult> {
  return scrape(scene.proxy.port, `http://${addressOf(name, scene)}/metrics`);
}

test('a scrape by the name of a dead pod is refused, and never answered by the pod that has its IP address now', async (t) => {
  const scene = await startScene(t);
  const { api, exporter } = scene;
  assert.equal((await scrapePod('old-0', scene)).status, 200);
  api.store.remove('pods', 'shop', 'old-0');
  api.store.apply('pods', pod('new-0', exporter.port));
  await eventually(async () => assert.equal((await scrapePod('new-0', scene)).status, 200));
  const asked = exporter.requests.length;
  // Also over and over: whoever has not refreshed its list goes on asking.
  for (let i = 0; i < 20; i += 1) {
    const { status, outcome, reason } = await scrapePod('old-0', scene);
    assert.deepEqual([status, outcome], [404, 'unknown_target'], reason);
  }
  assert.equal(exporter.requests.length, asked);
  await eventually(async () => assert.deepEqual(await podsIn(scene), [addressOf('new-0', scene)]));
});

test('a pod that loses its IP address without dying is refused as well until it has another', async (t) => {
  const scene = await startScene(t);
  const { api, exporter } = scene;
  const evicted = pod('old-0', exporter.port);
  api.store.apply('pods', { ...evicted, status: { phase: 'Failed' } });
  api.store.apply('pods', pod('new-0', exporter.port));
  await eventually(async () => assert.equal((await scrapePod('new-0', scene)).status, 200));
  const asked = exporter.requests.length;
  assert.equal((await scrapePod('old-0', scene)).outcome, 'unknown_target');
  assert.equal(exporter.requests.length, asked);
});

// Pods that have ended stay targets, as in Prometheus, and keep in their status an IP address that others get.
test('a pod that has ended is listed and not scraped, though its status keeps the IP address', async (t) => {
  const scene = await startScene(t);
  const { api, exporter } = scene;
  api.store.apply('pods', pod('old-0', exporter.port, { phase: 'Succeeded' }));
  api.store.apply('pods', pod('new-0', exporter.port));
  await eventually(async () => assert.equal((await scrapePod('new-0', scene)).status, 200));
  const asked = exporter.requests.length;
  const { status, outcome, reason } = await scrapePod('old-0', scene);
  assert.deepEqual([status, outcome], [404, 'unknown_target']);
  assert.equal(reason, `the pod of ${addressOf('old-0', scene)} has ended or lost its IP address`);
  assert.equal(exporter.requests.length, asked);
  assert.ok((await podsIn(scene)).includes(addressOf('old-0', scene)));
});

test('a pod is refused from the moment that a younger one has its IP address, before it is gone itself', async (t) => {
  const scene = await startScene(t);
  const { api, exporter } = scene;
  api.store.apply('pods', pod('new-0', exporter.port, { created: '2026-01-01T00:00:00Z' }));
  await eventually(async () => assert.equal((await scrapePod('new-0', scene)).status, 200));
  const asked = exporter.requests.length;
  assert.equal((await scrapePod('old-0', scene)).outcome, 'unknown_target');
  assert.equal(exporter.requests.length, asked);
});
