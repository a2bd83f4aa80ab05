import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcedLabels } from '../../src/discovery/announced-labels.ts';
import { job } from '../support/targets.ts';

function announced(relabelled: Record<string, string>) {
  const labels = announcedLabels(new Map(Object.entries(relabelled)), job({}));
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

test('carries meta labels as relabelling left them', () => {
  assert.deepEqual(announced({ '__meta_a.b': 'changed', __meta_c: 'd' }), { __meta_a_b: 'changed', __meta_c: 'd' });
});

// The whole manifest went to the centre, with the values of its environment variables.
test('keeps what kubectl notes of a manifest in the cluster', () => {
  const prefix = '__meta_kubernetes_pod_annotation';
  const name = 'kubectl_kubernetes_io_last_applied_configuration';
  const labels = { [`${prefix}_${name}`]: '{"spec": "secret"}', [`${prefix}present_${name}`]: 'true' };
  assert.deepEqual(announced({ ...labels, [`${prefix}_other`]: 'x' }), { [`${prefix}_other`]: 'x' });
});
