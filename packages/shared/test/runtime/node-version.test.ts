import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/faults.ts';
import { requireNode } from '../../src/runtime/node-version.ts';

test('takes the Node that runs the tests, and later ones', () => {
  requireNode(process.versions.node);
  requireNode('26.1.0');
});

// With Node 20 the agent ended with "Promise.withResolvers is not a function".
test('says which Node is needed', () => {
  assert.throws(
    () => requireNode('20.20.2'),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /needs Node 24 or later; it was started with 20\.20\.2$/);
      return true;
    },
  );
});
