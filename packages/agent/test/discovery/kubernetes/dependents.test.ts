import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dependents } from '../../../src/discovery/kubernetes/dependents.ts';

test('finds the groups that need an object, and no others', () => {
  const dependents = new Dependents();
  dependents.set('slice-1', new Set(['pod-1', 'node-1']));
  dependents.set('slice-2', new Set(['pod-2', 'node-1']));
  assert.deepEqual([...dependents.of('node-1')], ['slice-1', 'slice-2']);
  assert.deepEqual([...dependents.of('pod-2')], ['slice-2']);
  assert.deepEqual([...dependents.of('pod-3')], []);
});

test('forgets what a group needs no more', () => {
  const dependents = new Dependents();
  dependents.set('slice', new Set(['pod-1', 'node-1']));
  dependents.set('slice', new Set(['pod-2', 'node-1']));
  assert.deepEqual([...dependents.of('pod-1')], []);
  assert.deepEqual([...dependents.of('pod-2')], ['slice']);
  dependents.delete('slice');
  for (const object of ['pod-1', 'pod-2', 'node-1']) assert.deepEqual([...dependents.of(object)], []);
});
