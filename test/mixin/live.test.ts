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

/** A scrape and an evaluation each second, on a machine that has more to do. */
const PATIENTLY = { timeoutMs: 40_000 };

/** A query that shows nothing where all is well. */
const ONLY_FAULTS = / > 0$/;

test('in a living fleet', async (t) => {
  const [prometheusPath, openssl] = [requireProgram(t, 'prometheus'), requireProgram(t, 'openssl')];
  if (prometheusPath === undefined || openssl === undefined) return;
  const fleet = await runFleet(t, { prometheus: prometheusPath, openssl });
  await rulesAreEvaluated(fleet.prometheus);

  await t.test('Prometheus understands every query, and every metric and label in it exists', async () => {
    const queries = [...(await dashboardQueries()), ...(await otherQueries())];
    for (const { text } of queries) await fleet.prometheus.query(text);
    await eventually(async () => {
      const labels = await labelsByMetric(fleet);
      for (const query of queries) assertAsksForWhatExists(labels, query);
    }, PATIENTLY);
  });

  await t.test('every query of a dashboard shows something', async () => {
    for (const { place, text } of await dashboardQueries()) {
      if (!ONLY_FAULTS.test(text)) await showsSomething(fleet.prometheus, text, place);
    }
  });

  await t.test('an agent of a pair of proxies counts once, and has room for the scrapes of both', async () => {
    // Both replicas know it.
    await showsSomething(fleet.prometheus, 'count(pullway_proxy_agents{cluster="prod-eu"}) == 2');
    await showsSomething(fleet.prometheus, 'cluster:pullway_proxy_agents:max{cluster="prod-eu"} == 1');
    await showsSomething(fleet.prometheus, 'cluster:pullway_agent_up:count{cluster="prod-eu"} == 1');
    await showsSomething(fleet.prometheus, 'pullway_agent_scrapes_in_flight_limit{cluster="prod-eu"} == 2 * 256');
  });

  await t.test(
    'alerts begin for the tunnel that is missing, the certificates and the files, with their labels',
    async () => {
      const ofAgent = 'cluster="prod-eu",instance="client.prod-eu:9369"';
      for (const matchers of [
        `alertname="PullwayTunnelDown",${ofAgent},proxy=~"http://.+"`,
        `alertname="PullwayDiscoveryFaulty",${ofAgent},mechanism="file"`,
        `alertname="PullwayTargetsInConflict",${ofAgent},scrape_job="rival"`,
        `alertname="PullwayCertificateExpiring",${ofAgent},severity="critical"`,
        'alertname="PullwayCertificateExpiring",listener="tunnel",severity="critical"',
      ]) {
        await showsSomething(fleet.prometheus, `count(ALERTS{${matchers}}) == 1`);
      }
    },
  );
});

async function showsSomething(prometheus: RunningPrometheus, query: string, place = ''): Promise<void> {
  await eventually(async () => {
    assert.ok((await prometheus.query(query)).length > 0, `${place} ${query}`);
  }, PATIENTLY);
}

async function rulesAreEvaluated(prometheus: RunningPrometheus): Promise<void> {
  for (const { record } of await readRecordingRules()) await showsSomething(prometheus, record);
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
