import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseYamlGroups } from '../../../src/discovery/file/yaml-groups.ts';

const yaml = `
- targets: ['a:1', 'b:2']
  labels: {env: prod, shard: 3}
- targets: ['c:3']
- labels:
`;

test('reads groups, with or without labels and targets', () => {
  assert.deepEqual(parseYamlGroups(yaml, 'a.yml'), [
    { targets: ['a:1', 'b:2'], labels: { env: 'prod', shard: '3' } },
    { targets: ['c:3'], labels: {} },
    { targets: [], labels: {} },
  ]);
});

// Prometheus takes these: the file was refused, and what it had said before stayed.
test('takes a number for a target, and a label without a value for none', () => {
  assert.deepEqual(parseYamlGroups('- targets: [010]\n  labels: {n: ~, v: 1.10, t: True}\n', 'a.yml'), [
    { targets: ['010'], labels: { v: '1.10', t: 'True' } },
  ]);
});

test('takes an empty file for no groups', () => {
  assert.deepEqual(parseYamlGroups('', 'a.yml'), []);
  assert.deepEqual(parseYamlGroups('[]', 'a.yml'), []);
});

for (const [text, fault] of [
  ['- target: [a:1]', /a\.yml:1:3: unknown field target; did you mean targets\?/],
  ['- targets: a:1', /targets: must be a list/],
  ['- targets: [{}]', /targets: must be text/],
] as const) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseYamlGroups(text, 'a.yml'),
      (error) => error instanceof ConfigError && fault.test(error.message),
    );
  });
}
