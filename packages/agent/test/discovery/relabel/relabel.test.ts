// Prometheus' own answers to 250 random configurations: fixtures/relabel.json says how they were made.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { relabel } from '../../../src/discovery/relabel/relabel.ts';
import { relabelRuleSchema } from '../../../src/discovery/relabel/rule-schema.ts';

const target = z.object({
  discovered: z.record(z.string(), z.string()),
  kept: z.boolean(),
  labels: z.record(z.string(), z.string()).optional(),
});
const vectors = z.object({
  cases: z.array(
    z.object({ job_name: z.string(), relabel_configs: z.array(relabelRuleSchema), targets: z.array(target) }),
  ),
});

const file = new URL('../../fixtures/relabel.json', import.meta.url);
const { cases } = vectors.parse(JSON.parse(readFileSync(file, 'utf8')));

test('relabels as Prometheus does', () => {
  assert.ok(cases.length >= 250);
  for (const { job_name: job, relabel_configs: rules, targets } of cases) {
    for (const { discovered, kept, labels } of targets) {
      const found = relabel(new Map(Object.entries(discovered)), rules);
      assert.equal(found !== undefined, kept, `${job} ${JSON.stringify(discovered)}`);
      if (found === undefined || labels === undefined) continue;
      // What Prometheus adds afterwards is the central one's to add.
      const { instance, ...expected } = labels;
      const visible = Object.fromEntries([...found].filter(([name]) => !name.startsWith('__')));
      if (visible['instance'] !== undefined) assert.equal(visible['instance'], instance, job);
      const { instance: _own, ...rest } = visible;
      assert.deepEqual(rest, expected, job);
    }
  }
});

function replaced(value: string, regex: string, replacement: string): string {
  const rule = relabelRuleSchema.parse({ source_labels: ['a'], regex, target_label: 'b', replacement });
  return relabel(new Map([['a', value]]), [rule])?.get('b') ?? '';
}

// `$01` was the first group and `${00}` the whole match; Go looks for groups with these names.
test('takes no number with a leading zero for that of a group', () => {
  assert.equal(replaced('x', '(.)', '$1|$01|${00}|$0|${1}|$2|$100000000'), 'x|||x|x||');
});

test('takes linear time for what would backtrack for ever', () => {
  const rule = relabelRuleSchema.parse({ action: 'keep', source_labels: ['a'], regex: '(x+x+)+y' });
  assert.equal(relabel(new Map([['a', 'x'.repeat(5_000)]]), [rule]), undefined);
});

// A number that JavaScript would round was said to be none.
test('takes a modulus of all 64 bits', () => {
  const rule = relabelRuleSchema.parse({
    action: 'hashmod',
    source_labels: ['c'],
    target_label: 'd',
    modulus: 18446744073709551615n,
  });
  assert.equal(relabel(new Map([['c', 'baz']]), [rule])?.get('d'), '16450797887570275976');
});

test('hashes as Prometheus does', () => {
  const rule = relabelRuleSchema.parse({
    action: 'hashmod',
    source_labels: ['c'],
    target_label: 'd',
    modulus: 1000,
  });
  // model/relabel/relabel_test.go has this very case.
  assert.equal(relabel(new Map([['c', 'baz']]), [rule])?.get('d'), '976');
});

test('of labels that map to one name the one that a rule set later wins, and of discovered ones that which has the name', () => {
  const map = relabelRuleSchema.parse({ action: 'labelmap', regex: '(a)(.*)', replacement: '$1' });
  const set = relabelRuleSchema.parse({ target_label: 'app', replacement: 'set' });
  const found = new Map([
    ['a', 'found'],
    ['abc', 'other'],
  ]);
  assert.equal(relabel(found, [map])?.get('a'), 'found');
  assert.equal(relabel(found, [set, map])?.get('a'), 'set');
});
