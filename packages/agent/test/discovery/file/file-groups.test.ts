import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseFileGroups } from '../../../src/discovery/file/file-groups.ts';

const yaml = `
- targets: ['a:1', 'b:2']
  labels: {env: prod, shard: 3.10}
- targets: ['c:3']
`;

// The label 3.10 became 3.1.
test('reads groups from YAML, with the name of the file', () => {
  assert.deepEqual(parseFileGroups(yaml, '/sd/a.yml'), [
    {
      source: '/sd/a.yml:0',
      labels: { env: 'prod', shard: '3.10', __meta_filepath: '/sd/a.yml' },
      targets: [{ __address__: 'a:1' }, { __address__: 'b:2' }],
    },
    { source: '/sd/a.yml:1', labels: { __meta_filepath: '/sd/a.yml' }, targets: [{ __address__: 'c:3' }] },
  ]);
});

test('reads groups from JSON', () => {
  const [group] = parseFileGroups('[{"targets": ["a:1"], "labels": {"x": "y"}}]', '/sd/a.json');
  assert.deepEqual(group?.targets, [{ __address__: 'a:1' }]);
});

test('takes an empty list, and an empty YAML file, for no targets', () => {
  assert.deepEqual(parseFileGroups('[]', 'a.json'), []);
  assert.deepEqual(parseFileGroups('', 'a.yml'), []);
});

for (const [text, file, fault] of [
  ['- target: [a:1]', 'a.yml', /a\.yml:1:3: unknown field target; did you mean targets\?/],
  ['- targets: a:1', 'a.yml', /targets: must be a list/],
  ['[{"targets": ["a:1"]},]', 'a.json', /JSON/],
  ['', 'a.json', /JSON/],
  ['- targets: [[1]]', 'a.yml', /targets: must be text/],
] as const) {
  test(`refuses ${JSON.stringify(text)} in ${file}`, () => {
    assert.throws(
      () => parseFileGroups(text, file),
      (error) => error instanceof ConfigError && fault.test(error.message),
    );
  });
}
