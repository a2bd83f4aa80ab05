import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcedLabels } from '../../src/discovery/announced-labels.ts';
import { job } from '../support/targets.ts';

function announced(relabelled: Record<string, string>, discovered: Record<string, string> = {}) {
  const labels = announcedLabels(
    { discovered: new Map(Object.entries(discovered)), relabelled: new Map(Object.entries(relabelled)) },
    job({}),
  );
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !/^__(?:scheme|metrics_path)__$/.test(name)));
}

test('carries a name that service discovery does not know with underscores', () => {
  assert.deepEqual(announced({ 'service.name': 'web', 'k8s/größe': 'x', '9a': 'y' }), {
    service_name: 'web',
    k8s_gr__e: 'x',
    _9a: 'y',
  });
});

// `a-b` took the place of a label that is really called a_b.
test('gives no label the name of another one', () => {
  assert.deepEqual(announced({ 'a-b': 'made up', a_b: 'real' }), { a_b: 'real' });
  assert.deepEqual(announced({ a_b: 'real', 'a-b': 'made up' }), { a_b: 'real' });
  assert.deepEqual(announced({ 'a.b': 'first', 'a-b': 'second' }), { a_b: 'first' });
});

// `é.x` became `__x`, and Prometheus drops what begins so.
test('hides no label that could be seen', () => {
  assert.deepEqual(announced({ 'é.x': 'seen' }), { _x: 'seen' });
});

test('takes a meta label as relabelling left it', () => {
  assert.deepEqual(announced({ '__meta_a.b': 'changed' }, { '__meta_a.b': 'found', __meta_c: 'd' }), {
    __meta_a_b: 'changed',
    __meta_c: 'd',
  });
});
