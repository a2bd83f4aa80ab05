import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finish } from '@pullway/shared/runtime/pace';
import { arrangeTargets } from '../../src/targets/arrangement.ts';
import { exporter, target } from '../support/targets.ts';

test('merges targets that are equal in all that is announced', () => {
  const { byContent, refused } = finish(arrangeTargets([target(), target(), target({ labels: { job: 'other' } })]));
  assert.equal(byContent.size, 2);
  assert.deepEqual(refused, []);
});

test('leaves out a target that would file the samples of one exporter under another', () => {
  const { byContent, refused } = finish(
    arrangeTargets([target(), target({ exporter: exporter({ host: '::1' }), labels: { job: 'b' } })]),
  );
  assert.equal(byContent.size, 1);
  assert.deepEqual(
    refused.map(({ reason, message }) => `${reason}: ${message}`),
    [
      'conflict: client:9100/metrics already stands for http://127.0.0.1:9100; http://[::1]:9100 needs an address of its own',
    ],
  );
});

test('leaves out the same target with other credentials, even when nothing else differs', () => {
  const { refused } = finish(arrangeTargets([target(), target({ exporter: exporter() })]));
  assert.match(refused[0]?.message ?? '', /configured twice for http:\/\/127\.0\.0\.1:9100/);
});

test('lets one address stand for different exporters where the paths differ', () => {
  const { refused } = finish(
    arrangeTargets([target(), target({ path: '/other', exporter: exporter({ host: 'localhost' }) })]),
  );
  assert.deepEqual(refused, []);
});

test('leaves out a second exporter behind one passthrough address, whatever the path', () => {
  const second = target({ passthrough: true, path: '/other', exporter: exporter({ host: 'localhost' }) });
  const { refused } = finish(arrangeTargets([target({ passthrough: true }), second]));
  assert.deepEqual(
    refused.map(({ target: left }) => left),
    [second],
  );
});

test('leaves out a target that no announcement can carry', () => {
  const { byContent, refused } = finish(arrangeTargets([target({ labels: { big: 'ä'.repeat(33_000) } }), target()]));
  assert.equal(byContent.size, 1);
  assert.match(refused[0]?.message ?? '', /at most 65536 bytes/);
});

// The proxy closed the tunnel on such a one, at every attempt, and no target of the agent could be scraped.
test('leaves out a target that the protocol does not allow', () => {
  const { byContent, refused } = finish(
    arrangeTargets([target({ address: 'b\u00fcro:9100' }), target({ path: '/metrics?x' }), target()]),
  );
  assert.equal(byContent.size, 1);
  assert.deepEqual(
    refused.map(({ reason, message }) => `${reason}: ${message}`),
    ['unusable: address is no host:port in lower case', 'unusable: path is no absolute path without query'],
  );
});
