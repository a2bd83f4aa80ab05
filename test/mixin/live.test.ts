// What alerts, rules, dashboards and runbooks ask for is there: asked of a real Prometheus that scrapes real programs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import type { RunningPrometheus } from '../support/prometheus.ts';
import { requireProgram } from '../support/real-program.ts';
import { runFleet, type LivingFleet } from './living-fleet.ts';
import { readAlerts, readDashboards, readRecordingRules, readRunbooks, type Dashboard } from './mixin-files.ts';
import { readExpression } from './promql.ts';

interface Expression {
  readonly place: string;
  readonly text: string;
}

/** What Prometheus adds to each series. */
const TARGET_LABELS = ['job', 'instance', 'cluster'];

/** A query that shows nothing where all is well. */
const ONLY_FAULTS = / > 0$/;

test('every metric and label that the mixin and its runbooks name exists, and Prometheus understands every query', async (t) => {
  const [prometheusPath, openssl] = [requireProgram(t, 'prometheus'), requireProgram(t, 'openssl')];
  if (prometheusPath === undefined || openssl === undefined) return;
  const [fleet, shown, others] = [
    await runFleet(t, { prometheus: prometheusPath, openssl }),
    await dashboardQueries(),
    await otherQueries(),
  ];
  await rulesAreEvaluated(fleet.prometheus);
  const labels = await labelsByMetric(fleet);
  for (const { place, text } of [...shown, ...others]) {
    const result = await fleet.prometheus.query(text);
    assertAsksForWhatExists(labels, { place, text });
    if (shown.some((query) => query.place === place) && !ONLY_FAULTS.test(text)) {
      assert.ok(result.length > 0, `${place} shows something: ${text}`);
    }
  }
});

async function rulesAreEvaluated(prometheus: RunningPrometheus): Promise<void> {
  const records = new Set((await readRecordingRules()).map(({ record }) => record));
  await eventually(
    async () => {
      for (const record of records) assert.ok((await prometheus.query(record)).length > 0, `${record} has values`);
    },
    { timeoutMs: 40_000 },
  );
}

/** Label names of each metric. Prometheus drops labels that are empty, so those that the programs write count too. */
async function labelsByMetric({
  prometheus,
  proxy,
  agent,
}: LivingFleet): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const labels = new Map<string, Set<string>>();
  const add = (metric: string, names: Iterable<string>): void => {
    labels.set(metric, new Set([...(labels.get(metric) ?? []), ...names]));
  };
  for (const { __name__: metric = '', ...others } of await prometheus.series('{__name__=~".+"}')) {
    add(metric, Object.keys(others));
  }
  for (const { get } of [{ get: proxy.get.bind(proxy) }, { get: agent.get.bind(agent) }]) {
    for (const [, metric = '', list = ''] of (await get('/metrics')).text.matchAll(/^(\w+)\{(.*)\} /gm)) {
      add(
        metric,
        [...list.matchAll(/(\w+)="/g)].flatMap(([, name]) => name ?? []),
      );
    }
  }
  return labels;
}

function assertAsksForWhatExists(known: ReadonlyMap<string, ReadonlySet<string>>, { place, text }: Expression): void {
  const { selections, grouping } = readExpression(text);
  const grouped = new Set(TARGET_LABELS);
  for (const { metric, labels } of selections) {
    const names = known.get(metric);
    assert.ok(names !== undefined, `${place}: there is no metric ${metric}`);
    for (const label of labels) {
      assert.ok(names.has(label) || TARGET_LABELS.includes(label), `${place}: ${metric} has no label ${label}`);
    }
    for (const name of names) grouped.add(name);
  }
  for (const label of grouping) assert.ok(grouped.has(label), `${place}: nothing has the label ${label}`);
}

async function dashboardQueries(): Promise<readonly Expression[]> {
  return (await readDashboards()).flatMap((dashboard) => [...panelQueries(dashboard), ...variableQueries(dashboard)]);
}

function panelQueries({ uid, panels }: Dashboard): readonly Expression[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ place: `${uid}: ${title}`, text: withoutVariables(expr) })),
  );
}

/** `label_values(SELECTOR, LABEL)` asks for the values of LABEL among the series of SELECTOR. */
function variableQueries({ uid, templating }: Dashboard): readonly Expression[] {
  return templating.list.flatMap(({ name, definition = '' }) => {
    const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    if (selector === undefined) return [];
    return { place: `${uid}: variable ${name}`, text: `count by (${label}) (${selector})` };
  });
}

/** As Grafana puts in when all is chosen. */
function withoutVariables(expression: string): string {
  return expression.replaceAll('$__rate_interval', '1m').replaceAll(/\$(?:cluster|proxy)\b/g, '.*');
}

async function otherQueries(): Promise<readonly Expression[]> {
  const alerts = (await readAlerts()).map(({ alert, expr }) => ({ place: alert, text: expr }));
  const rules = (await readRecordingRules()).map(({ record, expr }) => ({ place: record, text: expr }));
  const runbooks = (await readRunbooks()).flatMap(({ name, text }) =>
    [...text.matchAll(/^```promql\n([^`]*)^```$/gm)].map(([, query = '']) => ({
      place: `runbook ${name}`,
      text: query,
    })),
  );
  return [...alerts, ...rules, ...runbooks];
}
