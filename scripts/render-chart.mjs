// Writes what is made of the chart, and what the chart is made of: rules of the mixin into the chart, which can only read files of its own, and
// the bases of deploy/kustomize. `node scripts/render-chart.mjs`; with `--check` nothing is written, and the exit code is 1 when what is
// there differs. It needs helm.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { ROOT } from './toolchain.mjs';

const RULES = join(ROOT, 'deploy', 'mixin', 'rendered');
const BASES = join(ROOT, 'deploy', 'kustomize');
const CHART = join(ROOT, 'deploy', 'helm', 'pullway');
const HEADER = `# Made of the chart in deploy/helm/pullway with values.yaml beside this file, by \`node scripts/render-chart.mjs\`. Do not edit.\n`;

/** What helm adds for itself: where a manifest is from, and labels by which it knows what is its own. */
const OF_HELM = /^(?:# Source: .*|\s+(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*)\n/gm;

process.exitCode = main(process.argv.includes('--check'));

/**
 * @param {boolean} isCheck
 * @returns {number} the exit code
 */
function main(isCheck) {
  const differing = [...ofMixin(), ...ofChart()].filter(({ file, make }) => {
    const text = make();
    if (!isCheck) writeFileSync(file, text);
    return isCheck && readFileSync(file, 'utf8') !== text;
  });
  for (const { file } of differing)
    console.error(`${relative(ROOT, file)} is out of date; run: node scripts/render-chart.mjs`);
  return differing.length === 0 ? 0 : 1;
}

/** @typedef {{ file: string, make: () => string }} Made */

/** @returns {readonly Made[]} */
function ofMixin() {
  return ['alerts.yml', 'rules.yml'].map((name) => ({
    file: join(CHART, 'files', 'mixin', name),
    make: () => readFileSync(join(RULES, name), 'utf8'),
  }));
}

/** @returns {readonly Made[]} after those that the chart is made of */
function ofChart() {
  return bases().map((base) => ({ file: join(BASES, base, 'manifests.yaml'), make: () => render(base) }));
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
