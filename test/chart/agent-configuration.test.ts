// The chart has one default configuration, and makes of it what each kind of agent needs.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { describeTarget, findIn, readJobs } from '../../packages/agent/test/support/default-configuration.ts';
import { configurationOf, renderChart, type Values } from '../support/chart.ts';
import { ofKind } from '../support/manifests.ts';
import { requireProgram } from '../support/real-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Jobs = Awaited<ReturnType<typeof readJobs>>;

const KUBELETS = ['kubernetes-nodes', 'kubernetes-nodes-cadvisor', 'kubernetes-nodes-probes'];
const SERVICES = 'kubernetes-service-endpoints';

/** Jobs by the name of who gets them. */
const DIVISIONS: readonly (readonly [string, Values, Readonly<Record<string, readonly string[]>>])[] = [
  [
    'agents on the nodes and beside them share the work',
    { file: 'pair' },
    {
      'pullway-agent': ['kubernetes-pods', ...KUBELETS],
      'pullway-agent-cluster': [SERVICES, 'kubernetes-api-servers'],
    },
  ],
  [
    'without agents on the nodes the others do everything',
    { file: 'small-cluster' },
    { 'pullway-agent-cluster': ['kubernetes-pods', ...KUBELETS, SERVICES, 'kubernetes-api-servers'] },
  ],
  [
    'unless they are told to leave pods and kubelets alone',
    { file: 'cluster-level-only' },
    { 'pullway-agent-cluster': [SERVICES, 'kubernetes-api-servers'] },
  ],
  [
    'in namespaces there are no nodes and no API servers',
    { file: 'namespaced-agent' },
    { 'pullway-agent-cluster': ['kubernetes-pods', SERVICES] },
  ],
  [
    'jobs may be left out and added',
    {
      file: 'daemonset-only',
      set: [
        'agent.disabledJobs=["kubernetes-pods","kubernetes-nodes"]',
        'agent.node.extraScrapeConfigs=[{"job_name":"own","static_configs":[{"targets":["db:1"]}]}]',
      ],
    },
    { 'pullway-agent': ['kubernetes-nodes-cadvisor', 'kubernetes-nodes-probes', 'own'] },
  ],
  [
    'a configuration of the user stands in place of the default one',
    {
      file: 'daemonset-only',
      set: ['agent.node.config={"scrape_configs":[{"job_name":"own","static_configs":[{"targets":["db:1"]}]}]}'],
    },
    { 'pullway-agent': ['own'] },
  ],
];

for (const [sentence, values, division] of DIVISIONS) {
  test(sentence, async (t) => {
    const helm = requireProgram(t, 'helm');
    if (helm === undefined) return;
    const manifests = await renderChart(helm, values);
    assert.deepEqual(
      ofKind(manifests, 'ConfigMap')
        .map(({ metadata }) => metadata.name)
        .toSorted(),
      Object.keys(division),
    );
    for (const [name, wanted] of Object.entries(division)) {
      const jobs = await jobsOf(t, configurationOf(manifests, name));
      assert.deepEqual(
        jobs.map(({ name }) => name),
        wanted,
      );
    }
  });
}

test('on a node the agent looks for the same as in the whole cluster, at that node alone', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const all = await readJobs();
  const jobs = await jobsOf(t, configurationOf(await renderChart(helm, { file: 'daemonset-only' }), 'pullway-agent'));
  for (const job of jobs) {
    const { role, selectors } = discoveryOf(job);
    const field = role === 'pod' ? 'spec.nodeName=worker-1' : 'metadata.name=worker-1';
    assert.deepEqual(selectors, { [role]: { label: '', field } });
    const same = all.find(({ name }) => name === job.name) ?? assert.fail(job.name);
    assert.deepEqual(comparable(job, { selectors: {} }), comparable(same, { selectors: {} }));
  }
});

test('in namespaces the agent looks for the same as in the whole cluster, in these alone', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const all = await readJobs();
  const manifests = await renderChart(helm, { file: 'namespaced-agent' });
  for (const job of await jobsOf(t, configurationOf(manifests, 'pullway-agent-cluster'))) {
    const { namespaces } = discoveryOf(job);
    assert.deepEqual(namespaces, ['shop', 'monitoring']);
    const same = all.find(({ name }) => name === job.name) ?? assert.fail(job.name);
    assert.deepEqual(comparable(job, { namespaces }), comparable(same, { namespaces }));
  }
});

test('annotations may have another prefix, and certificates of kubelets may be verified', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const manifests = await renderChart(helm, { file: 'small-cluster' });
  const jobs = await jobsOf(t, configurationOf(manifests, 'pullway-agent-cluster'));
  const pods = jobs.find(({ name }) => name === 'kubernetes-pods') ?? assert.fail('no job for pods');
  const found = (prefix: string) => findIn({ pods: [annotatedPod(prefix)] }, pods).map(describeTarget);
  assert.deepEqual(
    found('metrics.example.com').map(({ exporter, path }) => exporter + path),
    ['http://10.1.0.7:9000/stats'],
  );
  assert.deepEqual(found('prometheus.io'), []);
  const addresses = [{ type: 'InternalIP', address: '10.0.0.1' }];
  const status = { addresses, daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } } };
  const node = { metadata: { name: 'worker-1' }, status };
  for (const name of KUBELETS) {
    const job = jobs.find((job) => job.name === name) ?? assert.fail(name);
    assert.deepEqual(
      findIn({ nodes: [node] }, job).map(({ exporter }) => exporter.tls.insecureSkipVerify),
      [false],
    );
  }
});

async function jobsOf(t: TestContext, text: string): Promise<Jobs> {
  const file = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(file, text);
  return readJobs(file);
}

function discoveryOf(job: Jobs[number]) {
  const [discovery] = job.discoveries;
  return discovery?.kind === 'kubernetes' ? discovery : assert.fail(`${job.name} does not look at Kubernetes`);
}

/** Everything of `job`, with `same` in its discovery. */
function comparable(job: Jobs[number], same: object): unknown {
  // Compiled patterns differ in what cannot be seen of them; their texts tell.
  return { ...job, discoveries: [{ ...discoveryOf(job), ...same }], relabelRules: JSON.stringify(job.relabelRules) };
}

function annotatedPod(prefix: string): unknown {
  const annotations = { [`${prefix}/scrape`]: 'true', [`${prefix}/port`]: '9000', [`${prefix}/path`]: '/stats' };
  return {
    metadata: { name: 'web-1', namespace: 'shop', annotations },
    spec: { nodeName: 'worker-1', containers: [{ name: 'main', image: 'i:1' }] },
    status: { phase: 'Running', podIP: '10.1.0.7', podIPs: [{ ip: '10.1.0.7' }] },
  };
}
