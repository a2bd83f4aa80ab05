import assert from 'node:assert/strict';
import { test } from 'node:test';
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

// Somebody writes a URL with a password into targets: it stood in the log.
test('tells no password of what is left out', () => {
  for (const address of ['http://admin:hunter2@a', 'admin:hunter2@a:1']) {
    const { leftOut } = find(at('a', address));
    assert.match(leftOut[0] ?? '', /^job a: target (?:http:\/\/)?\*\*\*@a/);
    assert.ok(!leftOut.join().includes('hunter2'));
  }
});

test('finds the targets of all jobs', () => {
  assert.deepEqual(
    find(at('a', '127.0.0.1:9100'), at('b', 'db:9100')).targets.map(({ address }) => address),
    ['client:9100', 'db:9100'],
  );
});

// One such target made the whole file refused, which Prometheus takes.
test('leaves out what is written down and cannot be scraped, and says why', () => {
  const { targets, leftOut } = find(at('a', ''), at('b', 'x/y'), at('c', 'c:1'));
  assert.deepEqual(
    targets.map(({ address }) => address),
    ['c:1'],
  );
  assert.deepEqual(leftOut, [
    'job a: target  is left out: no address',
    'job b: target x/y is left out: "x/y" is not a valid hostname',
  ]);
});
