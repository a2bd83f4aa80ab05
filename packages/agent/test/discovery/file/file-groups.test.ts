import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { finish } from '@pullway/shared/runtime/pace';
import { parseJsonGroups } from '../../../src/discovery/file/file-groups.ts';

const read = (text: string) => finish(parseJsonGroups(text, 'a.json'));

test('reads groups, with or without labels and targets', () => {
  assert.deepEqual(read('[{"targets": ["a:1", "b:1"], "labels": {"x": "y"}}, {"targets": null}, {"labels": {}}]'), [
    { targets: ['a:1', 'b:1'], labels: { x: 'y' } },
    { targets: [], labels: {} },
    { targets: [], labels: {} },
  ]);
  assert.deepEqual(read('[]'), []);
});

// Prometheus takes these: the file was refused, and what it had said before stayed.
test('takes null for nothing, and the last of two fields of one name', () => {
  assert.deepEqual(read('null'), []);
  assert.deepEqual(read('[{"targets": ["a:1"], "targets": ["b:1"], "labels": {"x": null, "y": "z"}}]'), [
    { targets: ['b:1'], labels: { y: 'z' } },
  ]);
});

// A JSON file was parsed a second time, as YAML: 20,000 groups, which JSON.parse reads in 12 ms, held all scrapes for more than a second.
test('yields after each group and each target', () => {
  const groups = Array.from({ length: 100 }, (_, index) => ({ targets: [`a:${index}`, `b:${index}`] }));
  const work = parseJsonGroups(JSON.stringify(groups), 'a.json');
  let units = 0;
  while (work.next().done !== true) units += 1;
  assert.equal(units, 300);
});

for (const [text, fault] of [
  ['[{"targets": ["a:1"]},]', /JSON/],
  ['', /JSON/],
  ['{}', /^a\.json: must be a list of groups$/],
  ['[[]]', /^a\.json: \[0\]: must be a group with targets and labels$/],
  ['[{"targets": []}, {"target": []}]', /^a\.json: \[1\]: unknown field target; did you mean targets\?$/],
  ['[{"targets": "a:1"}]', /^a\.json: \[0\]\.targets: must be a list of targets$/],
  ['[{"targets": ["a:1", 9100]}]', /^a\.json: \[0\]\.targets\[1\]: must be text; put it in quotes$/],
  ['[{"labels": ["a"]}]', /^a\.json: \[0\]\.labels: must be labels with their values$/],
  ['[{"labels": {"v": 1.10}}]', /^a\.json: \[0\]\.labels\.v: must be text; put it in quotes$/],
] as const) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => read(text),
      (error) => error instanceof ConfigError && fault.test(error.message),
    );
  });
}

test('tells the first faults of thousands', () => {
  const wrong = JSON.stringify(Array.from({ length: 5_000 }, () => ({ targets: [1, 2, 3] })));
  assert.throws(
    () => read(wrong),
    (error) => error instanceof ConfigError && error.faults.length === 10,
  );
});
