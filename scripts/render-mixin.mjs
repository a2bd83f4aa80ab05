// Renders deploy/mixin: alerts, rules and dashboards as Prometheus and Grafana take them. `pnpm mixin` writes them where they are kept;
// `node scripts/render-mixin.mjs FOLDER` writes them elsewhere.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './toolchain.mjs';

const MIXIN = join(ROOT, 'deploy', 'mixin');
const KEPT = join(MIXIN, 'rendered');
const NOTE = '# Made of the jsonnet in deploy/mixin by `pnpm mixin`; changes belong there.\n';

/** Fields of a rule as people write them; jsonnet sorts them. */
const ORDER = ['name', 'record', 'alert', 'expr', 'for', 'labels', 'annotations', 'rules'];

const folder = process.argv[2] ?? KEPT;
// First of all: where jsonnet is missing, or finds a fault, what is kept stays.
const { alerts, rules, dashboards } = render();
if (folder === KEPT) rmSync(KEPT, { recursive: true, force: true });
mkdirSync(join(folder, 'dashboards'), { recursive: true });
write('alerts.yml', NOTE + yaml(alerts));
write('rules.yml', NOTE + yaml(rules));
for (const [name, dashboard] of Object.entries(dashboards)) {
  write(join('dashboards', name), `${JSON.stringify(dashboard, undefined, 2)}\n`);
}

/** Jsonnet's own writers of YAML and of indented JSON take half a minute for these files; its plain JSON takes a second. */
function render() {
  const program = `
    local mixin = import 'mixin.libsonnet';
    { alerts: mixin.prometheusAlerts, rules: mixin.prometheusRules, dashboards: mixin.grafanaDashboards }
  `;
  const { status, stdout, stderr, error } = spawnSync('jsonnet', ['--jpath', MIXIN, '--exec', program], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`jsonnet: ${stderr ?? error?.message}`, { cause: error });
  return JSON.parse(stdout);
}

/**
 * Lists, maps and texts as YAML in blocks.
 * @param {unknown} value
 * @param {string} indent
 * @returns {string}
 */
function yaml(value, indent = '') {
  if (Array.isArray(value)) {
    return value.map((item) => `${indent}- ${yaml(item, `${indent}  `).slice(indent.length + 2)}`).join('');
  }
  const entries = Object.entries(value ?? {}).toSorted(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return entries.map(([key, item]) => `${indent}${key}:${yamlField(item, `${indent}  `)}`).join('');
}

/**
 * @param {unknown} value
 * @param {string} indent
 */
function yamlField(value, indent) {
  if (typeof value !== 'string') return `\n${yaml(value, indent)}`;
  if (!value.includes('\n')) return ` '${value.replaceAll("'", "''")}'\n`;
  return ` |\n${value.replace(/\n$/, '').replaceAll(/^(?=.)/gm, indent)}\n`;
}

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  writeFileSync(join(folder, name), text);
}
