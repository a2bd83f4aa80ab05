import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import type { Job } from '../../src/config/job.ts';
import { findTargets } from '../../src/discovery/find-targets.ts';
import { Exporters } from '../../src/targets/exporters.ts';
import { job } from '../support/targets.ts';

function find(...jobs: readonly Job[]) {
  return new Exporters(() => 0).revise((findExporter) =>
    findTargets(jobs, { name: 'client', cluster: '' }, findExporter),
  );
}

function at(name: string, host: string): Job {
  return job({ name, groups: [{ endpoints: [{ host, port: 9100 }], labels: {} }] });
}

test('finds the targets of all jobs', () => {
  assert.deepEqual(
    find(at('a', '127.0.0.1'), at('b', 'db')).map(({ address }) => address),
    ['client:9100', 'db:9100'],
  );
});

test('refuses jobs that give one address to two exporters', () => {
  assert.throws(
    () => find(at('a', '127.0.0.1'), at('b', 'localhost')),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /^job b: client:9100\/metrics already stands for http:\/\/127\.0\.0\.1:9100/);
      return true;
    },
  );
});
