// `pnpm bench:discovery`: what discovery in a large cluster costs an agent of one node and one of the whole cluster, and how long changes
// take to reach service discovery of the proxy. Numbers, and no verdict; docs/performance.md says how to read them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProgram, type ChildProgram } from '../support/child-program.ts';
import { until } from '../support/until.ts';
import { ChangeDelays } from './change-delays.ts';
import { nodeName } from './cluster.ts';
import { startOwnProgram } from './own-program.ts';
import { memories, ProgramMeter } from './program-meter.ts';

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '5000' },
    nodes: { type: 'string', default: '500' },
    'changes-per-second': { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    profile: { type: 'string' },
  },
});

const NODE = nodeName(7);
const programs: ChildProgram[] = [];
const folder = await mkdtemp(join(tmpdir(), 'pullway-bench-'));

try {
  await measure();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const program of programs.toReversed()) await program.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const api = await startApiServer();
  const proxy = keep(
    await startOwnProgram(
      'proxy',
      ['--insecure', '--sd.warm-up=0s', '--web.listen-address=127.0.0.1:0'],
      values.profile,
    ),
  );
  const [, port] = await proxy.outputMatching(/msg=listening .*web=\S+:(\d+)/, 30_000);
  const web = `http://127.0.0.1:${port}`;
  const agents = {
    'agent of one node': await startAgent(web, 'node-7', configOfNode(api)),
    'agent of the cluster': await startAgent(web, 'cluster', configOfCluster(api)),
  };
  const pods = new ChangeDelays(`${web}/sd?job=pods&agent=cluster&meta=false`);
  await until('all pods', async () => ((await pods.look()).length >= Number(values.pods) ? true : undefined), 60_000);
  const all = { ...agents, proxy };
  console.log(`\nwith ${values.pods} pods on ${values.nodes} nodes, before the first change`);
  console.table(memories(all));
  await fetch(`${api}/changes?perSecond=${values['changes-per-second']}`, { method: 'POST' });
  await pause(2_000);
  const meter = new ProgramMeter(all);
  const delays = await pods.measure(Number(values.seconds) * 1000);
  console.log(`\nwith ${values['changes-per-second']} changes a second for ${values.seconds} s`);
  console.table(meter.read());
  const [p50, p99, most] = [0.5, 0.99, 1].map((fraction) => Math.round(delays.quantile(fraction)));
  console.log(`delay from ${delays.count} changes to /sd: p50 ${p50} ms, p99 ${p99} ms, at most ${most} ms`);
  await fetch(`${api}/changes?perSecond=0`, { method: 'POST' });
  await compareWithTruth(api, pods);
}

/** Throws unless the list has just the pods that there are, soon after the last change. */
async function compareWithTruth(api: string, pods: ChangeDelays): Promise<void> {
  const answer: unknown = await (await fetch(`${api}/truth`)).json();
  const text = JSON.stringify(answer);
  const truth = [...text.matchAll(/"namespace":"([^"]+)","name":"([^"]+)"/g)].map(
    ([, namespace, name]) => `${name}.${namespace}.pod:8080`,
  );
  const wanted = truth.toSorted().join('\n');
  await until(
    'the list to be the truth',
    async () => {
      const listed = (await pods.look()).flatMap(({ targets }) => targets);
      return listed.toSorted().join('\n') === wanted ? true : undefined;
    },
    10_000,
  );
  console.log(`the list is the truth: ${truth.length} pods`);
}

async function startApiServer(): Promise<string> {
  const file = join(import.meta.dirname, 'api-server-program.ts');
  const args = ['--conditions=source', file, values.pods, values.nodes];
  const program = keep(startProgram('API server', process.execPath, args));
  const [, port] = await program.outputMatching(/port (\d+)/, 30_000);
  return `http://127.0.0.1:${port}`;
}

async function startAgent(proxy: string, name: string, config: string): Promise<ChildProgram> {
  const file = join(folder, `${name}.yml`);
  await writeFile(file, config);
  return keep(
    await startOwnProgram(
      'agent',
      [`--proxy.url=${proxy}`, `--agent.name=${name}`, `--config.file=${file}`, '--web.listen-address=127.0.0.1:0'],
      // Two agents, and the same name for the profile of each.
      values.profile === undefined ? undefined : join(values.profile, name),
    ),
  );
}

function keep(program: ChildProgram): ChildProgram {
  programs.push(program);
  return program;
}

/** The pods and the kubelet of one node. */
function configOfNode(api: string): string {
  return `scrape_configs:
  - job_name: pods
    kubernetes_sd_configs:
      - role: pod
        api_server: ${api}
        selectors: [{ role: pod, field: spec.nodeName=${NODE} }]
    relabel_configs: ${podRules()}
  - job_name: kubelet
    kubernetes_sd_configs:
      - role: node
        api_server: ${api}
        selectors: [{ role: node, field: metadata.name=${NODE} }]
`;
}

/** Pods, the kubelet and cAdvisor of each node, and what stands behind services. */
function configOfCluster(api: string): string {
  return `scrape_configs:
  - job_name: pods
    kubernetes_sd_configs: [{ role: pod, api_server: '${api}' }]
    relabel_configs: ${podRules()}
  - job_name: kubelet
    kubernetes_sd_configs: [{ role: node, api_server: '${api}' }]
  - job_name: cadvisor
    metrics_path: /metrics/cadvisor
    kubernetes_sd_configs: [{ role: node, api_server: '${api}' }]
  - job_name: services
    kubernetes_sd_configs: [{ role: endpointslice, api_server: '${api}' }]
    relabel_configs:
      - { source_labels: [__meta_kubernetes_service_annotation_prometheus_io_scrape], action: keep, regex: 'true' }
      - { source_labels: [__meta_kubernetes_namespace], target_label: namespace }
      - { source_labels: [__meta_kubernetes_service_name], target_label: service }
`;
}

function podRules(): string {
  return `
      - { source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: keep, regex: 'true' }
      - source_labels: [__meta_kubernetes_pod_container_port_number]
        action: keepequal
        target_label: __meta_kubernetes_pod_annotation_prometheus_io_port
      - { source_labels: [__meta_kubernetes_namespace], target_label: namespace }
      - { source_labels: [__meta_kubernetes_pod_name], target_label: pod }
      - { source_labels: [__meta_kubernetes_pod_node_name], target_label: node }
      - { action: labelmap, regex: __meta_kubernetes_pod_label_(.+) }`;
}
