// The files of deploy/mixin as its tests read them: rendered rules and dashboards, the cases of promtool, and the runbooks. It judges nothing.

import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '..', '..');
export const MIXIN = join(ROOT, 'deploy', 'mixin');
export const RENDERED = join(MIXIN, 'rendered');
export const RULE_FILES = ['rules.yml', 'alerts.yml'].map((file) => join(RENDERED, file));
const RUNBOOKS = join(ROOT, 'docs', 'runbooks');

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** A `tests:` entry of promtool. */
export interface Case {
  readonly file: string;
  readonly name: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[];
  }[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly format?: string;
    readonly datasource: { readonly uid: string };
  }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: unknown;
  readonly definition?: string;
  readonly datasource?: { readonly uid: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

export interface Runbook {
  readonly name: string;
  readonly text: string;
}

export async function readAlerts(): Promise<readonly Alert[]> {
  return readRules<Alert>('alerts.yml');
}

export async function readRecordingRules(): Promise<readonly RecordingRule[]> {
  return readRules<RecordingRule>('rules.yml');
}

async function readRules<T>(file: string): Promise<readonly T[]> {
  const content: { groups: readonly { rules: readonly T[] }[] } = parse(await readFile(join(RENDERED, file), 'utf8'));
  return content.groups.flatMap(({ rules }) => rules);
}

/** Files with cases, for promtool. */
export async function caseFiles(): Promise<readonly string[]> {
  return filesIn(join(MIXIN, 'tests'));
}

export async function readCases(): Promise<readonly Case[]> {
  const all = (await caseFiles()).map(async (file) => {
    const { tests }: { tests: readonly Omit<Case, 'file'>[] } = parse(await readFile(file, 'utf8'));
    return tests.map((entry) => ({ ...entry, file: relative(ROOT, file) }));
  });
  return (await Promise.all(all)).flat();
}

export async function readDashboards(): Promise<readonly Dashboard[]> {
  const files = await filesIn(join(RENDERED, 'dashboards'));
  return Promise.all(files.map(async (file): Promise<Dashboard> => JSON.parse(await readFile(file, 'utf8'))));
}

export async function readRunbooks(): Promise<readonly Runbook[]> {
  const files = (await filesIn(RUNBOOKS)).filter((file) => file.endsWith('.md'));
  return Promise.all(
    files.map(async (file) => ({
      name: relative(RUNBOOKS, file).replace(/\.md$/, ''),
      text: await readFile(file, 'utf8'),
    })),
  );
}

/** All files below `folder`, in order. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
