// The command lines, files and variables of the chart's pods start the real programs, which take them and reach each other.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { renderChart, VALUE_FILES, type Values } from '../support/chart.ts';
import { startChartProxy, type ChartProxy } from '../support/chart-proxy.ts';
import { startProgram, type ChildProgram } from '../support/child-program.ts';
import { eventually } from '../support/eventually.ts';
import { runKubernetesCluster } from '../support/kubernetes-cluster.ts';
import { named, programOf, startedPods, type Manifest, type StartedPod } from '../support/manifests.ts';
import { preparePod } from '../support/pod-program.ts';
import { endWith } from '../support/program.ts';
import { startAgent, startProxy } from '../support/pullway-programs.ts';
import { requireProgram } from '../support/real-program.ts';
import { addresses, discover } from '../support/service-discovery.ts';
import { usersSecrets } from '../support/users-secrets.ts';

for (const file of VALUE_FILES) {
  test(`${file}: the programs take flags, variables and files of their pods`, async (t) => {
    const helm = requireProgram(t, 'helm');
    const openssl = requireProgram(t, 'openssl');
    if (helm === undefined || openssl === undefined) return;
    const manifests = await renderChart(helm, { file });
    const surroundings = { manifests, users: await usersSecrets(t, openssl) };
    const checks = workloads(manifests).map(async (pod) => {
      const { args, env } = await preparePod(t, pod, surroundings);
      const program = starterOf(pod)([...args, '--config.check'], env);
      assert.equal((await program.ended).code, 0, `${pod.owner}: ${program.output}`);
    });
    assert.ok(checks.length > 0);
    await Promise.all(checks);
  });
}

/** Ways to start a proxy, and what `helm test` hears from service discovery; where only a certificate opens the listener it does not ask. */
const STARTS: Readonly<Record<string, readonly [Values, string | undefined]>> = {
  'with nothing said': [{ file: 'default' }, '200'],
  'with TLS on both listeners and users': [{ file: 'tls' }, '401'],
  'with TLS for scrapers alone': [{ set: ['proxy.tls.web.existingSecret="pullway-web-tls"'] }, '200'],
  'with TLS for agents alone': [{ set: ['proxy.tls.tunnel.existingSecret="pullway-tunnel-tls"'] }, '200'],
  'with a web configuration of the user': [{ set: ['proxy.webConfigurationExistingSecret="pullway-web"'] }, '401'],
  'with paths below a prefix': [{ set: ['proxy.extraArgs=["--web.route-prefix=/pull"]'] }, '200'],
  'with certificates for scrapers': [{ file: 'everything' }, undefined],
};

for (const [how, [values, wanted]] of Object.entries(STARTS)) {
  test(`${how} the proxy of the pod starts, and answers its probes and helm test`, async (t) => {
    const helm = requireProgram(t, 'helm');
    const openssl = requireProgram(t, 'openssl');
    if (helm === undefined || openssl === undefined) return;
    const manifests = await renderChart(helm, values);
    const proxy = await startChartProxy(t, { manifests, users: await usersSecrets(t, openssl) });
    assert.equal(await proxy.probe(proxy.probes.liveness), 200);
    assert.equal(await proxy.probe(proxy.probes.readiness), 200);
    const helmTest = await runHelmTest(t, manifests, proxy);
    assert.equal((await helmTest.ended).code, 0, helmTest.output);
    assert.match(helmTest.output, /\/-\/ready: 200 /);
    assert.equal(/\/sd: (200|401) /.exec(helmTest.output)?.[1], wanted, helmTest.output);
  });
}

test('agents connect to the proxy of their release by the token that the chart made, and find what there is', async (t) => {
  const helm = requireProgram(t, 'helm');
  const openssl = requireProgram(t, 'openssl');
  if (helm === undefined || openssl === undefined) return;
  const manifests = await renderChart(helm, { file: 'restricted' });
  const cluster = await runKubernetesCluster(t, openssl);
  const proxy = await startChartProxy(t, { manifests });
  const adapt = (text: string, file: string) => (file === 'agent.yml' ? cluster.adapt(text) : text);
  for (const pod of workloads(manifests).filter(isAgent)) {
    const { args, env } = await preparePod(t, pod, { manifests, adapt });
    const url = args.find((arg) => arg.startsWith('--proxy.url=')) ?? '';
    assert.equal(url, '--proxy.url=http://pullway-proxy-tunnel.pullway.svc:8081');
    const moved = args.map((arg) => (arg === url ? `--proxy.url=http://127.0.0.1:${proxy.ports['tunnel']}` : arg));
    const agent = endWith(t, startAgent(moved, env));
    const [, port] = await agent.outputMatching(/\bstatus_port=(\d+)/, 30_000);
    await eventually(
      async () => assert.equal((await fetch(`http://127.0.0.1:${port}/-/ready`)).status, 200, agent.output),
      {
        timeoutMs: 30_000,
      },
    );
    assert.equal((await fetch(`http://127.0.0.1:${port}/-/healthy`)).status, 200);
  }
  const kubelet = `worker-1.node.central:${cluster.kubelet.port}`;
  await eventually(async () =>
    assert.deepEqual(
      addresses(await discover(`http://127.0.0.1:${proxy.ports['http']}/sd`)).toSorted(),
      [
        `db-0.shop.pod.central:${cluster.db.port}`,
        'pullway-7f9c-x2x4z.central:9369',
        `pullway-7f9c-x2x4z.central:${cluster.apiPort}`,
        `web-1.shop.pod.central:${cluster.web.port}`,
        'worker-1.central:9369',
        kubelet,
        kubelet,
        kubelet,
      ].toSorted(),
    ),
  );
});

test('the proxy sees that its Secret has changed, as the kubelet changes it', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const manifests = await renderChart(helm, { file: 'default' });
  const { pod, program } = await startChartProxy(t, { manifests });
  const tokens = named(manifests, 'Secret', 'pullway-proxy-agent-tokens').stringData?.['proxy.yml'] ?? '';
  await pod.volumes.get('agent-tokens')?.fill({ 'proxy.yml': tokens.replace('generated', 'renamed') });
  await program.outputMatching(
    /msg="configuration reloaded" cause="file change"|cause="file change".*configuration reloaded/,
    30_000,
  );
});

function workloads(manifests: readonly Manifest[]): readonly StartedPod[] {
  const pods = startedPods(manifests).filter(({ matchLabels }) => matchLabels !== undefined);
  // The replicas of a StatefulSet are alike.
  return pods.filter(({ owner }, index) => pods.findIndex((other) => other.owner === owner) === index);
}

function isAgent(pod: StartedPod): boolean {
  return /\/agent[:@]/.test(programOf(pod).image ?? '');
}

function starterOf(pod: StartedPod): typeof startProxy {
  return isAgent(pod) ? startAgent : startProxy;
}

/** Runs the pod of `helm test` against `proxy`, in place of its Services. */
async function runHelmTest(t: TestContext, manifests: readonly Manifest[], proxy: ChartProxy): Promise<ChildProgram> {
  const pod =
    startedPods(manifests).find(({ labels }) => labels['app.kubernetes.io/component'] === 'test') ?? assert.fail();
  const { command: [node, ...args] = [], args: more = [] } = programOf(pod);
  assert.equal(node, '/usr/local/bin/node');
  const { env } = await preparePod(t, pod, { manifests });
  const moved = Object.entries(env).map(([name, value]) => [
    name,
    value
      .replace(/\/\/[^/]*-tunnel\.[^/]*/, `//127.0.0.1:${proxy.ports['tunnel']}`)
      .replace(/\/\/[^/]*\.svc:\d+/, `//127.0.0.1:${proxy.ports['http']}`),
  ]);
  return endWith(t, runNode([...args, ...more], Object.fromEntries(moved)));
}

function runNode(args: readonly string[], env: Readonly<Record<string, string>>): ChildProgram {
  return startProgram('node', process.execPath, args, env);
}
