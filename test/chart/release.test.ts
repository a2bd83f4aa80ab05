// What only an installation shows: the token that a release keeps, and the notes that tell the next step.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import {
  CHART,
  NAMESPACE,
  parseManifests,
  RELEASE,
  renderChart,
  runHelm,
  VALUE_FILES,
  valueFlags,
  type Values,
} from '../support/chart.ts';
import { runHelmApiServer } from '../support/helm-api-server.ts';
import { named, ofKind, type Manifest } from '../support/manifests.ts';
import { requireProgram } from '../support/real-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const TOKENS = `${RELEASE}-proxy-agent-tokens`;

test('an upgrade keeps the token that the first installation made', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const first = tokensOf(await renderChart(helm, {}));
  const kept = { [TOKENS]: { token: first.token } };
  const { manifests } = await installed(t, helm, {}, kept);
  assert.deepEqual(tokensOf(manifests), first);
});

test('each installation makes a token of its own, and the proxy gets its hash alone', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const [one, other] = [await installed(t, helm, {}), await installed(t, helm, {})].map(({ manifests }) =>
    tokensOf(manifests),
  );
  assert.ok(one !== undefined && other !== undefined);
  assert.notEqual(one.token, other.token);
  assert.match(one.token, /^[A-Za-z0-9]{64}$/);
  assert.ok(one.proxy.includes(createHash('sha256').update(one.token).digest('hex')));
  assert.ok(!one.proxy.includes(one.token));
});

test('the notes of the proxy have a job that Prometheus takes, and the way to the token', async (t) => {
  const helm = requireProgram(t, 'helm');
  const promtool = requireProgram(t, 'promtool');
  if (helm === undefined || promtool === undefined) return;
  for (const set of [
    [],
    ['proxy.webConfiguration={"basic_auth_users":{"team":"$2y$10$x"}}'],
    ['proxy.tls.web.existingSecret="tls"'],
  ]) {
    const { notes } = await installed(t, helm, { set });
    const file = join(await temporaryFolder(t), 'prometheus.yml');
    await writeFile(join(file, '..', 'CA.crt'), '');
    const job = jobOf(notes);
    assert.match(job, /proxy_url: https?:.*\n.*http_sd_configs:/);
    await writeFile(file, job);
    await run(promtool, ['check', 'config', '--syntax-only', file]);
    assert.match(notes, new RegExp(`kubectl get secret --namespace ${NAMESPACE} ${TOKENS} `));
  }
});

test('the notes have the command that installs agents, with the hosts of the proxy, and helm takes it', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const { notes } = await installed(t, helm, { file: 'pair' });
  const [command = ''] = /helm install pullway CHART[^]*?(?=\n\n|$)/.exec(notes) ?? [];
  const settings = [...command.matchAll(/--set (\S+)/g)].map(
    ([, setting = '']) => `--set=${setting.replaceAll("'", '')}`,
  );
  const text = await runHelm(helm, [
    'template',
    RELEASE,
    CHART,
    ...settings.map((setting) => setting.replace('NAME-OF-THE-CLUSTER', 'prod-eu')),
  ]);
  const args = named(parseManifests(text), 'DaemonSet', 'pullway-agent').spec?.template.spec?.containers[0]?.args ?? [];
  assert.deepEqual(args.slice(0, 2), [
    '--proxy.url=https://pullway-0.example.org',
    '--proxy.url=https://pullway-1.example.org',
  ]);
  assert.ok(args.includes('--agent.cluster=prod-eu'));
});

test('the command of the notes takes images from where the proxy has its own, and knows the prefix of its paths', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const set = [
    'global.imageRegistry="registry.example.org"',
    'proxy.extraArgs=["--web.route-prefix=/pullway"]',
    'proxy.ingress={"enabled":true,"hosts":["a.example.org"],"tls":[{"hosts":["a.example.org"]}]}',
  ];
  const { notes } = await installed(t, helm, { set });
  assert.match(notes, /--set global\.imageRegistry=registry\.example\.org /);
  assert.ok(notes.includes("--set agent.proxyUrls='{https://a.example.org/pullway}'"), notes);
});

for (const file of VALUE_FILES) {
  test(`${file}: the notes leave nothing open but what nobody can know`, async (t) => {
    const helm = requireProgram(t, 'helm');
    if (helm === undefined) return;
    const { manifests, notes } = await installed(t, helm, { file });
    assert.doesNotMatch(notes, /no value|%!|<nil>/);
    for (const kind of ['DaemonSet', 'Deployment'] as const) {
      for (const { metadata } of ofKind(manifests, kind).filter(({ metadata }) => metadata.name.includes('-agent'))) {
        const namespace = `--namespace ${metadata.namespace}`;
        assert.ok(notes.includes(`kubectl rollout status ${namespace} ${kind.toLowerCase()}/${metadata.name}`), notes);
      }
    }
    const capitals = new Set(notes.match(/\b[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+\b|\bPASSWORD\b/g));
    for (const word of capitals) assert.match(word, /^(?:NAME-OF-THE-CLUSTER|PASSWORD|ADDRESS-OF-.*)$/);
  });
}

/** What helm would install where `secrets` exist, and its notes. */
async function installed(
  t: TestContext,
  helm: string,
  values: Values,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<{ readonly manifests: readonly Manifest[]; readonly notes: string }> {
  const url = await runHelmApiServer(t, secrets);
  const where = [
    `--kube-apiserver=${url}`,
    `--namespace=${NAMESPACE}`,
    '--dry-run=server',
    '--disable-openapi-validation',
  ];
  const text = await runHelm(helm, ['install', RELEASE, CHART, ...where, ...valueFlags(values)]);
  const [, manifests = '', notes = ''] = /^MANIFEST:\n([^]*?)^NOTES:\n([^]*)$/m.exec(text) ?? [];
  return { manifests: parseManifests(manifests), notes };
}

function tokensOf(manifests: readonly Manifest[]): { readonly token: string; readonly proxy: string } {
  const { token = '', 'proxy.yml': proxy = '' } = named(manifests, 'Secret', TOKENS).stringData ?? {};
  return { token, proxy };
}

/** The lines from `scrape_configs` to the next blank one, less their indentation. */
function jobOf(notes: string): string {
  const [, indent = '', job = ''] = /^( *)(scrape_configs:\n[^]*?)\n\n/m.exec(notes) ?? [];
  return job.replaceAll(`\n${indent}`, '\n');
}
