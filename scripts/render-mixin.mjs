// Renders deploy/mixin: alerts, rules and dashboards as Prometheus and Grafana take them. `pnpm mixin` writes them where they are kept;
// `node scripts/render-mixin.mjs FOLDER` writes them elsewhere.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './toolchain.mjs';

const MIXIN = join(ROOT, 'deploy', 'mixin');
const NOTE = '# Made of the jsonnet in deploy/mixin by `pnpm mixin`; changes belong there.\n';

const KEPT = join(MIXIN, 'rendered');
const FOLDER = process.argv[2] ?? KEPT;
if (FOLDER === KEPT) rmSync(KEPT, { recursive: true, force: true });
mkdirSync(join(FOLDER, 'dashboards'), { recursive: true });
write('alerts.yml', NOTE + jsonnet('std.manifestYamlDoc(mixin.prometheusAlerts, true, false)'));
write('rules.yml', NOTE + jsonnet('std.manifestYamlDoc(mixin.prometheusRules, true, false)'));
for (const name of JSON.parse(jsonnet('std.toString(std.objectFieldsAll(mixin.grafanaDashboards))'))) {
  write(join('dashboards', name), jsonnet(`std.manifestJsonEx(mixin.grafanaDashboards["${name}"], "  ")`));
}

/**
 * @param {string} expression a text made of `mixin`
 * @returns {string} that text
 */
function jsonnet(expression) {
  const program = `local mixin = import 'mixin.libsonnet'; ${expression}`;
  const { status, stdout, stderr, error } = spawnSync('jsonnet', ['--string', '--jpath', MIXIN, '--exec', program], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`jsonnet: ${stderr ?? error?.message}`, { cause: error });
  return stdout;
}

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  writeFileSync(join(FOLDER, name), text);
}
