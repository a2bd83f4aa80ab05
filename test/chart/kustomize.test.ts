// The kustomize bases are the chart, rendered, and can be used as their README says.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { schemaFault } from '../support/api-schemas.ts';
import { parseManifests } from '../support/chart.ts';
import { describe, named, ofKind, startedPods, type Manifest } from '../support/manifests.ts';
import { missingFrom } from '../support/pod-references.ts';
import { restrictedFaults } from '../support/pod-security.ts';
import { requireProgram } from '../support/real-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '..', '..');
const BASES = join(ROOT, 'deploy', 'kustomize');

/** Each base, and what of its pods the user has to have. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'agent-cluster': ['Secret pullway-agent-token token'],
  'agent-namespaced': ['Secret pullway-agent-token token'],
  'agent-node': ['Secret pullway-agent-token token'],
  proxy: ['Secret pullway-agent-tokens proxy.yml'],
};

test('the bases are what the chart renders', async (t) => {
  if (requireProgram(t, 'helm') === undefined) return;
  await run(process.execPath, [join(ROOT, 'scripts', 'render-chart.mjs'), '--check']);
});

test('kubectl builds each base: whole objects, no Secret, and one that the user has is named', async (t) => {
  const kubectl = requireProgram(t, 'kubectl');
  if (kubectl === undefined) return;
  const entries = await readdir(BASES, { withFileTypes: true });
  assert.deepEqual(
    entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted(),
    Object.keys(NEEDED),
  );
  for (const [base, needed] of Object.entries(NEEDED)) {
    const manifests = await build(kubectl, join(BASES, base));
    assert.deepEqual(ofKind(manifests, 'Secret').map(describe), []);
    for (const manifest of manifests) assert.equal(await schemaFault(manifest), undefined);
    const pods = startedPods(manifests);
    for (const { owner, spec } of pods) assert.deepEqual(restrictedFaults(spec), [], owner);
    assert.deepEqual(
      pods.flatMap((pod) => missingFrom(manifests, pod)),
      needed,
    );
  }
});

test('the proxy can be had as the README says', async (t) => {
  const kubectl = requireProgram(t, 'kubectl');
  const openssl = requireProgram(t, 'openssl');
  if (kubectl === undefined || openssl === undefined) return;
  const folder = await overlay(t, 'The proxy');
  const [commands = ''] = blocks(await section('The proxy'), 'sh');
  await run('sh', ['-euc', commands], { cwd: folder });
  const manifests = await build(kubectl, folder);
  assert.deepEqual(
    startedPods(manifests).flatMap((pod) => missingFrom(decoded(manifests), pod)),
    [],
  );
  const [secret] = decoded(ofKind(manifests, 'Secret'));
  const token = await readFile(join(folder, 'token'));
  const sha256 = createHash('sha256').update(token).digest('hex');
  assert.match(
    (secret as Manifest & { stringData: Record<string, string> }).stringData['proxy.yml'] ?? '',
    new RegExp(`sha256: ${sha256}`),
  );
});

test('agents can be had as the README says', async (t) => {
  const kubectl = requireProgram(t, 'kubectl');
  if (kubectl === undefined) return;
  const folder = await overlay(t, 'Agents');
  await writeFile(join(folder, 'token'), 'a-token');
  const manifests = await build(kubectl, folder);
  const pods = startedPods(manifests);
  assert.equal(pods.length, 2);
  for (const pod of pods) {
    assert.deepEqual(missingFrom(decoded(manifests), pod), []);
    const args = pod.spec.containers[0]?.args ?? [];
    assert.deepEqual(
      args.filter((arg) => /^--(?:proxy\.url|agent\.cluster)=/.test(arg)),
      ['--proxy.url=https://pullway.example.com', '--agent.cluster=prod-eu'],
    );
  }
  const { subjects } = named(manifests, 'ClusterRoleBinding', 'pullway-pullway-agent');
  assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: 'pullway-agent', namespace: 'pullway' }]);
});

async function build(kubectl: string, folder: string): Promise<readonly Manifest[]> {
  return parseManifests((await run(kubectl, ['kustomize', folder])).stdout);
}

/** A folder beside a copy of the bases, with the kustomization.yaml of a section of the README. */
async function overlay(t: TestContext, heading: string): Promise<string> {
  const folder = await temporaryFolder(t);
  await cp(BASES, join(folder, 'kustomize'), { recursive: true });
  const [kustomization = ''] = blocks(await section(heading), 'yaml');
  const own = join(folder, 'own');
  await mkdir(own);
  const isLocal = kustomization.replaceAll('https://github.com/pullway/pullway//deploy/', '../');
  await writeFile(join(own, 'kustomization.yaml'), isLocal);
  return own;
}

async function section(heading: string): Promise<string> {
  const text = await readFile(join(BASES, 'README.md'), 'utf8');
  return text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? assert.fail(heading);
}

function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);
}

/** Secrets with their content as text, as the chart has them. */
function decoded(manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.map((manifest) => {
    const { data } = manifest as Manifest & { readonly data?: Readonly<Record<string, string>> };
    if (manifest.kind !== 'Secret' || data === undefined) return manifest;
    const texts = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
    return { ...manifest, stringData: Object.fromEntries(texts) };
  });
}
