// The mixin in itself: rendered files are those of its source, promtool finds nothing wrong, every alert has its cases and its runbook.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { requireProgram } from '../support/real-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  caseFiles,
  filesIn,
  MIXIN,
  readAlerts,
  readCases,
  readRecordingRules,
  readRunbooks,
  RENDERED,
  ROOT,
  RULE_FILES,
  type Case,
} from './mixin-files.ts';

const run = promisify(execFile);

test('the rendered files are what the jsonnet renders now', async (t) => {
  if (requireProgram(t, 'jsonnet') === undefined) return;
  const folder = await temporaryFolder(t);
  await run(process.execPath, [join(ROOT, 'scripts', 'render-mixin.mjs'), folder]);
  const [kept, fresh] = await Promise.all([RENDERED, folder].map(contents));
  assert.deepEqual(Object.keys(kept ?? {}), Object.keys(fresh ?? {}));
  for (const [file, text] of Object.entries(fresh ?? {})) {
    assert.ok(kept?.[file] === text, `${file} is out of date; \`pnpm mixin\` renders it anew`);
  }
});

test('the jsonnet is formatted', async (t) => {
  const jsonnetfmt = requireProgram(t, 'jsonnetfmt');
  if (jsonnetfmt === undefined) return;
  const sources = (await filesIn(MIXIN)).filter((file) => file.endsWith('.libsonnet'));
  const { status, stderr } = spawnSync(jsonnetfmt, ['--test', ...sources], { encoding: 'utf8' });
  assert.equal(status, 0, `${stderr}\njsonnetfmt -i formats them`);
});

test('selectors and the name of the cluster label can be changed in all places at once', async (t) => {
  const [jsonnet, promtool] = [requireProgram(t, 'jsonnet'), requireProgram(t, 'promtool')];
  if (jsonnet === undefined || promtool === undefined) return;
  const changed = `(import 'mixin.libsonnet') + { _config+:: {
    proxySelector: 'app="x"', agentSelector: 'app="y"', clusterLabel: 'site', agentGoneSelector: 'site!="z"',
  } }`;
  const render = async (field: string): Promise<string> =>
    (await run(jsonnet, ['--jpath', MIXIN, '--exec', `(${changed}).${field}`], { maxBuffer: 64 * 1024 * 1024 })).stdout;
  const rules = { alerts: await render('prometheusAlerts'), rules: await render('prometheusRules') };
  for (const text of [rules.alerts, rules.rules, await render('grafanaDashboards')]) {
    assert.doesNotMatch(
      text,
      /job=\\?"pullway-|\bby \(cluster\b|\bon \(cluster\b|labels\.cluster|\{\{cluster\}\}|cluster=~/,
    );
    assert.match(text, /\bsite\b/);
  }
  const folder = await temporaryFolder(t);
  for (const [name, text] of Object.entries(rules)) {
    await writeFile(join(folder, name), text);
    await run(promtool, ['check', 'rules', join(folder, name)]);
  }
});

test('promtool accepts the rules, and each case gives the alerts that it expects', async (t) => {
  const promtool = requireProgram(t, 'promtool');
  if (promtool === undefined) return;
  const checks = [run(promtool, ['check', 'rules', ...RULE_FILES])];
  for (const file of await caseFiles()) checks.push(run(promtool, ['test', 'rules', file]));
  await Promise.all(checks);
});

test('each alert has a case in which it fires and one in which it must not', async () => {
  const cases = await readCases();
  for (const { alert, labels } of await readAlerts()) {
    const severity = labels['severity'] ?? '';
    const fires = cases.filter((entry) => outcomes(entry, alert, severity).includes(true));
    const silent = cases.filter((entry) => outcomes(entry, alert, severity).includes(false));
    assert.ok(fires.length > 0, `${alert} (${severity}) has a case in which it fires`);
    assert.ok(silent.length > 0, `${alert} (${severity}) has a case in which it must not`);
  }
});

test('cases are for alerts that there are, and have data that they might fire for', async () => {
  const names = new Set((await readAlerts()).map(({ alert }) => alert));
  for (const { file, name, input_series: series, alert_rule_test: checks = [] } of await readCases()) {
    assert.ok(series.length > 0, `${file}: ${name}`);
    for (const { alertname } of checks) assert.ok(names.has(alertname), `${file}: ${name}: ${alertname}`);
  }
});

test('each alert has a runbook, and each runbook an alert', async () => {
  const alerts = await readAlerts();
  const runbooks = await readRunbooks();
  const names = [...new Set(alerts.map(({ alert }) => alert))].toSorted();
  assert.deepEqual(runbooks.map(({ name }) => name).toSorted(), names);
  for (const { name, text } of runbooks) {
    assert.ok(text.startsWith(`# ${name}\n\n**Meaning.** `), name);
    for (const part of ['\n**Impact.** ', '\n## Diagnosis\n', '\n```promql\n', '\n## Mitigation\n']) {
      assert.ok(text.includes(part), `${name} has the part ${part.trim()}`);
    }
  }
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels['severity'] ?? '', /^(?:critical|warning)$/, alert);
    assert.deepEqual(Object.keys(annotations).toSorted(), ['description', 'runbook_url', 'summary'], alert);
    assert.ok(annotations['runbook_url']?.endsWith(`/docs/runbooks/${alert}.md`), alert);
  }
});

test('the README of the mixin lists every alert with its severities', async () => {
  const severities = Map.groupBy(await readAlerts(), ({ alert }) => alert);
  const readme = await readFile(join(MIXIN, 'README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| \[(\w+)\]\(.*\/\1\.md\) \| ([a-z, ]+) \|/gm)];
  assert.deepEqual(
    Object.fromEntries(listed.map(([, alert, list]) => [alert, list])),
    Object.fromEntries(
      [...severities].map(([alert, rules]) => [alert, rules.map(({ labels }) => labels['severity']).join(', ')]),
    ),
  );
});

test('outcomes and reasons that alerts, dashboards and runbooks select are words of the programs', async () => {
  const code = await sourceCode();
  const rendered = await Promise.all((await filesIn(RENDERED)).map((file) => readFile(file, 'utf8')));
  const text = [...rendered, ...(await readRunbooks()).map((runbook) => runbook.text)]
    .join('\n')
    .replaceAll('\\"', '"');
  const selected = [...text.matchAll(/\b(?:outcome|reason)(?:=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, values = '']) =>
    values.split('|'),
  );
  assert.ok(selected.length > 0);
  for (const word of new Set(selected)) assert.match(code, new RegExp(`'${word}'|\\b${word}:`), word);
});

test('lines of the log that a runbook quotes are lines that a program writes', async () => {
  const code = await sourceCode();
  for (const { name, text } of await readRunbooks()) {
    for (const [, message] of text.matchAll(/msg="([^"]+)"/g)) {
      assert.ok(code.includes(`'${message}'`), `${name} quotes ${message}`);
    }
  }
});

test('every recording rule is used by an alert, a dashboard or another rule', async () => {
  const files = (await filesIn(RENDERED)).map((file) => readFile(file, 'utf8'));
  const text = (await Promise.all(files)).join('\n');
  for (const { record } of await readRecordingRules()) {
    const uses = text.split(record).length - 1;
    const definitions = text.split(`record: '${record}'`).length - 1;
    assert.ok(uses > definitions, record);
  }
});

async function sourceCode(): Promise<string> {
  const files = (await filesIn(join(ROOT, 'packages'))).filter((file) => /\/src\/.*\.ts$/.test(file));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = (await filesIn(folder)).map(async (file): Promise<[string, string]> => [
    relative(folder, file),
    await readFile(file, 'utf8'),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Of each check of `alert`: whether it fires with `severity`. */
function outcomes({ alert_rule_test: checks = [] }: Case, alert: string, severity: string): readonly boolean[] {
  return checks
    .filter(({ alertname }) => alertname === alert)
    .map(({ exp_alerts: expected }) => expected.some(({ exp_labels: labels }) => labels['severity'] === severity));
}
