import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinHostPort, objectLabels, sanitized } from '../../../src/discovery/kubernetes/meta-labels.ts';

test('writes an underscore for each character that label names cannot hold', () => {
  assert.equal(sanitized('app.kubernetes.io/part-of_9'), 'app_kubernetes_io_part_of_9');
  assert.equal(sanitized('é😀x'), '__x');
});

test('tells of an empty label that it is there', () => {
  const labels = objectLabels('service', { name: 'db', labels: { 'a/headless': '' }, annotations: { 'b.c': 'd' } });
  assert.deepEqual(labels, {
    __meta_kubernetes_service_name: 'db',
    __meta_kubernetes_service_labelpresent_a_headless: 'true',
    __meta_kubernetes_service_annotation_b_c: 'd',
    __meta_kubernetes_service_annotationpresent_b_c: 'true',
  });
});

test('puts IPv6 addresses in brackets before a port only', () => {
  assert.equal(joinHostPort('10.0.0.1', 80), '10.0.0.1:80');
  assert.equal(joinHostPort('fd00::1', 80), '[fd00::1]:80');
  assert.equal(joinHostPort('fd00::1', undefined), 'fd00::1');
  assert.equal(joinHostPort('db', 0), 'db:0');
});
