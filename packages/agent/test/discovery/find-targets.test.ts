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

function at(name: string, address: string): Job {
  return job({ name, staticGroups: [{ source: 'static/0', labels: {}, targets: [{ __address__: address }] }] });
}

test('finds the targets of all jobs', () => {
  assert.deepEqual(
    find(at('a', '127.0.0.1:9100'), at('b', 'db:9100')).map(({ address }) => address),
    ['client:9100', 'db:9100'],
  );
});

test('refuses jobs that write down what cannot be scraped, and names each', () => {
  assert.throws(
    () => find(at('a', ''), at('b', 'x/y'), at('c', 'c:1')),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(
        error.faults.map(({ message }) => message),
        ['job a: no address', 'job b: "x/y" is not a valid hostname'],
      );
      return true;
    },
  );
});
