import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paramsFault } from '../../src/config/params.ts';

test('takes parameters that fit into a label', () => {
  assert.equal(paramsFault({}), undefined);
  assert.equal(paramsFault({ module: ['http_2xx'], empty: [''] }), undefined);
});

test('refuses a name that no label can have: Prometheus would reject the whole list of targets', () => {
  assert.match(
    paramsFault({ ok: ['1'], 'match[]': ['up'] }) ?? '',
    /^parameter match\[\]: .*at the central Prometheus/,
  );
});

test('refuses several values, of which a label would carry one', () => {
  assert.match(paramsFault({ collect: ['a', 'b'] }) ?? '', /^parameter collect: has 2 values/);
  // Such a parameter was refused, too.
  assert.equal(paramsFault({ collect: [], 'match[]': [] }), undefined);
});
