// The chart's PrometheusRule is the mixin, less the alerts that are not wanted.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { CHART, renderChart } from '../support/chart.ts';
import type { Manifest } from '../support/manifests.ts';
import { requireProgram } from '../support/real-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const RENDERED = join(CHART, '..', '..', 'mixin', 'rendered');

interface Groups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly { readonly alert?: string }[] }[];
}

test('the rules are those of the mixin, and promtool takes them', async (t) => {
  const helm = requireProgram(t, 'helm');
  const promtool = requireProgram(t, 'promtool');
  if (helm === undefined || promtool === undefined) return;
  const groups = await mixinGroups();
  const rule = await ruleOf(helm, []);
  assert.deepEqual(rule.groups, groups);
  const file = join(await temporaryFolder(t), 'rules.yml');
  await writeFile(file, stringify(rule));
  await run(promtool, ['check', 'rules', file]);
});

test('an alert may be left out, and rules added', async (t) => {
  const helm = requireProgram(t, 'helm');
  if (helm === undefined) return;
  const own = { name: 'own', rules: [{ record: 'a:b', expr: 'up' }] };
  const { groups } = await ruleOf(helm, [
    'proxy.prometheusRule.disabledAlerts=["PullwayAgentGone"]',
    `proxy.prometheusRule.extraGroups=[${JSON.stringify(own)}]`,
  ]);
  const expected = (await mixinGroups()).map(({ rules, ...group }) => ({
    ...group,
    rules: rules.filter(({ alert }) => alert !== 'PullwayAgentGone'),
  }));
  assert.deepEqual(groups, [...expected, own]);
  assert.notDeepEqual(expected, await mixinGroups());
});

async function mixinGroups(): Promise<Groups['groups']> {
  const texts = await Promise.all(['rules.yml', 'alerts.yml'].map((file) => readFile(join(RENDERED, file), 'utf8')));
  return texts.flatMap((text) => (parse(text) as Groups).groups);
}

async function ruleOf(helm: string, settings: readonly string[]): Promise<Groups> {
  const manifests = await renderChart(helm, { set: ['proxy.prometheusRule.enabled=true', ...settings] });
  const [rule] = manifests.filter(({ kind }) => kind === 'PrometheusRule') as (Manifest & { readonly spec: Groups })[];
  return rule?.spec ?? assert.fail('there is no PrometheusRule');
}
