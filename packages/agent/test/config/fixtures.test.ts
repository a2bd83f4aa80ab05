// Whole configurations by verdict. The faults of a *.bad.yml stand in its first lines, each with line and column; a *.good.yml has none.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseConfigFile } from '../../src/config/config-file.ts';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'config');
const FILES = readdirSync(FOLDER);
const ENVIRONMENT = { NODE_NAME: 'worker-1', POD_NAMESPACE: 'monitoring' };

for (const file of FILES.filter((name) => name.endsWith('.good.yml'))) {
  test(`${file} is taken`, async () => {
    const { jobs } = parseConfigFile(await readFile(join(FOLDER, file), 'utf8'), file, ENVIRONMENT);
    assert.notEqual(jobs.length, 0);
  });
}

for (const file of FILES.filter((name) => name.endsWith('.bad.yml'))) {
  test(`each fault of ${file} is told with its place and what to do`, async () => {
    const text = await readFile(join(FOLDER, file), 'utf8');
    const wanted = [...text.matchAll(/^# (\d+:\d+: .*)$/gm)].map(([, fault]) => fault);
    assert.notEqual(wanted.length, 0);
    assert.deepEqual(faultsOf(text, file), wanted);
  });
}

function faultsOf(text: string, file: string): readonly string[] {
  try {
    parseConfigFile(text, file, ENVIRONMENT);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.faults.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  }
  return [];
}

test('annotations.good.yml is noted to honor labels in vain, once for each job that does', async () => {
  const file = 'annotations.good.yml';
  const { jobs, notes } = parseConfigFile(await readFile(join(FOLDER, file), 'utf8'), file);
  const honoring = jobs.filter(({ honor_labels: honors }) => honors === true);
  assert.equal(honoring.length, 6);
  assert.deepEqual(
    notes.map(({ message }) => message.replace(/^job (.*): honor_labels has no effect.*$/, '$1')),
    honoring.map(({ job_name: name }) => name),
  );
});
