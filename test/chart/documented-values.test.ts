// Values and commands for helm in the documents are ones that the chart takes.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { CHART, renderChart, runHelm } from '../support/chart.ts';
import { codeBlocksOf } from '../support/markdown.ts';
import { requireProgram } from '../support/real-program.ts';

const ROOT = join(CHART, '..', '..', '..');

const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs', 'guides')).map((file) => join('docs', 'guides', file)),
  'docs/kubernetes.md',
  'deploy/helm/pullway/README.md',
];

const OF_THE_CHART = new Set(['global', 'proxy', 'agent']);

/** What an excerpt leaves out, and cannot do without. */
const REST = ['agent.proxyUrls=["https://pullway.example.org"]', 'agent.token.existingSecret="pullway-agent-token"'];

interface Documented {
  /** `FILE:LINE`. */
  readonly place: string;
  readonly text: string;
}

const blocks = DOCUMENTS.flatMap((file) =>
  codeBlocksOf(readFileSync(join(ROOT, file), 'utf8')).map((block) => ({ ...block, place: `${file}:${block.line}` })),
);

/** YAML whose fields are values of the chart. */
const values: readonly Documented[] = blocks.filter(({ language, text }) => {
  if (!/^ya?ml$/.test(language)) return false;
  const content: unknown = parse(text, { logLevel: 'silent' });
  const keys = typeof content === 'object' && content !== null && !Array.isArray(content) ? Object.keys(content) : [];
  return keys.length > 0 && keys.every((key) => OF_THE_CHART.has(key));
});

/** `helm install` and `helm upgrade` of the chart, each on one line, with values that are given by flags. */
const commands: readonly Documented[] = blocks
  .filter(({ language }) => /^(?:sh|bash|shell|console)$/.test(language))
  .flatMap(({ text, place }) => {
    const lines = text.replaceAll('\\\n', ' ').split('\n');
    const ours = lines.filter((line) => /^helm (?:install|upgrade) .*deploy\/helm\/pullway\b.*--set/.test(line));
    return ours.map((line) => ({ text: line, place }));
  });

test('there are values and commands in the documents', () => {
  assert.ok(values.length >= 3, `${values.length} blocks of values`);
  assert.ok(commands.length >= 2, `${commands.length} commands`);
});

for (const { place, text } of values) {
  test(`the chart takes the values of ${place}`, async (t) => {
    const helm = requireProgram(t, 'helm');
    if (helm === undefined) return;
    const given = Object.entries(parse(text) as object).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    await renderChart(helm, { set: [...given, ...REST] });
  });
}

for (const { place, text } of commands) {
  test(`the chart takes the settings of the command in ${place}`, async (t) => {
    const helm = requireProgram(t, 'helm');
    if (helm === undefined) return;
    const settings = [...text.matchAll(/--set[= ]('[^']*'|"[^"]*"|\S+)/g)].map(([, word = '']) => word);
    assert.ok(settings.length > 0);
    const plain = settings.map((setting) => `--set=${setting.replaceAll(/['"]/g, '')}`);
    await runHelm(helm, ['template', 'pullway', CHART, ...plain]);
  });
}
