import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExpression } from './promql.ts';

const CASES: readonly (readonly [string, Readonly<Record<string, readonly string[]>>, readonly string[]])[] = [
  ['up', { up: [] }, []],
  ['sum by (a, b) (rate(x_total{c="d",e!~"f|g"}[5m])) > 0.5', { x_total: ['c', 'e'] }, ['a', 'b']],
  ['a:b:c / on (x) group_left () d', { 'a:b:c': [], d: [] }, ['x']],
  ['count(x == 1) or vector(0)', { x: [] }, []],
  ['topk(10, time() - y{l=~"}{"})', { y: ['l'] }, []],
  ['max(sum without (i) (x offset 5m)) unless on () (z @ start())', { x: [], z: [] }, ['i']],
  ['histogram_quantile(0.99, sum by (le) (rate(h_bucket[5m])))', { h_bucket: [] }, ['le']],
  [
    'max_over_time(x[6h]) == 1 unless x unless on (c) y >= max_over_time(z{s="t"}[1h])',
    { x: [], y: [], z: ['s'] },
    ['c'],
  ],
];

for (const [expression, metrics, grouping] of CASES) {
  test(`reads ${expression}`, () => {
    const asked = readExpression(expression);
    assert.deepEqual(Object.fromEntries(asked.selections.map(({ metric, labels }) => [metric, labels])), metrics);
    assert.deepEqual(asked.grouping, grouping);
  });
}
