// Renders the chart into the bases of deploy/kustomize: `node scripts/kustomize.mjs`. With `--check` nothing is written; the exit code is 1
// when what is there differs. It needs helm.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './toolchain.mjs';

const BASES = join(ROOT, 'deploy', 'kustomize');
const CHART = join(ROOT, 'deploy', 'helm', 'pullway');
const HEADER = `# Made of the chart in deploy/helm/pullway with values.yaml beside this file, by \`node scripts/kustomize.mjs\`. Do not edit.\n`;

/** What helm adds for itself: where a manifest is from, and labels by which it knows what is its own. */
const OF_HELM = /^(?:# Source: .*|\s+(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*)\n/gm;

process.exitCode = main(process.argv.includes('--check'));

/**
 * @param {boolean} isCheck
 * @returns {number} the exit code
 */
function main(isCheck) {
  const differing = bases().filter((base) => {
    const file = join(BASES, base, 'manifests.yaml');
    const text = render(base);
    if (!isCheck) writeFileSync(file, text);
    return isCheck && readFileSync(file, 'utf8') !== text;
  });
  for (const base of differing)
    console.error(`deploy/kustomize/${base} differs from the chart; run: node scripts/kustomize.mjs`);
  return differing.length === 0 ? 0 : 1;
}

/** @returns {readonly string[]} the names of the bases */
function bases() {
  return readdirSync(BASES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** @param {string} base */
function render(base) {
  const values = join(BASES, base, 'values.yaml');
  const args = ['template', 'pullway', CHART, '--namespace=pullway', '--skip-tests', `--values=${values}`];
  // Where `npm test` builds it.
  const PATH = [process.env['PATH'], join(homedir(), 'go', 'bin')].join(delimiter);
  const { status, stdout, stderr, error } = spawnSync('helm', args, {
    encoding: 'utf8',
    env: { ...process.env, PATH },
  });
  if (status !== 0) throw new Error(`helm template: ${error?.message ?? stderr}`);
  return HEADER + stdout.replaceAll(OF_HELM, '');
}
