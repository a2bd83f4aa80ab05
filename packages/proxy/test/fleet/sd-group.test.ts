import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupEnd, groupLabels, groupStart, groupWithoutMeta } from '../../src/fleet/sd-group.ts';
import { announced } from '../support/fleet-stand.ts';

const AGENT = { name: 'node-7', cluster: 'prod-eu', version: '0.1.0' };

test('writes a group as Prometheus takes it: strings only, no further field', () => {
  const target = announced({ address: 'web:8080', labels: { job: 'pods', __meta_kubernetes_namespace: 'shop' } });
  const text = groupStart(target, AGENT.cluster) + groupEnd(AGENT);
  assert.deepEqual(JSON.parse(text), {
    targets: ['web:8080'],
    labels: {
      __metrics_path__: '/metrics',
      __meta_kubernetes_namespace: 'shop',
      __meta_pullway_cluster: 'prod-eu',
      __meta_pullway_job: 'pods',
      __scheme__: 'http',
      cluster: 'prod-eu',
      job: 'pods',
      __meta_pullway_agent: 'node-7',
      __meta_pullway_version: '0.1.0',
    },
  });
});

test('keeps scheme, path and cluster that the agent announced, and else fills them in', () => {
  const labels = { __scheme__: 'http', __metrics_path__: '/probe', cluster: 'own' };
  const announcedLabels = groupLabels(announced({ labels, passthrough: true }), 'prod-eu');
  assert.equal(announcedLabels['__scheme__'], 'http');
  assert.equal(announcedLabels['__metrics_path__'], '/probe');
  assert.equal(announcedLabels['cluster'], 'own');
  assert.equal(announcedLabels['__meta_pullway_cluster'], 'prod-eu');
  assert.equal(groupLabels(announced({ passthrough: true }), '')['__scheme__'], 'https');
});

test('has no cluster label for agents without a cluster', () => {
  const labels = groupLabels(announced(), '');
  assert.ok(!('cluster' in labels) && !('__meta_pullway_cluster' in labels));
});

test('does not let an agent speak in the name of the proxy', () => {
  const labels = groupLabels(
    announced({ labels: { __meta_pullway_agent: 'other', __meta_pullway_credential: 'x', __address__: 'evil:1' } }),
    '',
  );
  assert.deepEqual(labels, { __metrics_path__: '/metrics', __scheme__: 'http' });
});

test('gives the same text for the same labels in whatever order', () => {
  const one = announced({ labels: { a: '1', b: '2' } });
  const two = announced({ labels: { b: '2', a: '1' } });
  assert.equal(groupStart(one, ''), groupStart(two, ''));
});

test('leaves all meta labels out when they are not wanted', () => {
  const target = announced({ labels: { job: 'node', __meta_kubernetes_pod_name: 'p', __param_x: 'y' } });
  assert.deepEqual(JSON.parse(groupWithoutMeta(target, 'eu')), {
    targets: ['client:9100'],
    labels: { __metrics_path__: '/metrics', __param_x: 'y', __scheme__: 'http', cluster: 'eu', job: 'node' },
  });
});

test('survives values that JSON must escape', () => {
  const value = 'a "quoted" \\ back\nslash \u2028 \ud800';
  const group = JSON.parse(`${groupStart(announced({ labels: { x: value } }), '')}}}`);
  assert.equal(group.labels.x, value);
});
