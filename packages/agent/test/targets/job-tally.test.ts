import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JobTally } from '../../src/targets/job-tally.ts';

test('adds up by job and state, and forgets jobs without targets', () => {
  const tally = new JobTally();
  tally.add('a', 'announced', 1);
  tally.add('a', 'announced', 1);
  tally.add('b', 'conflict', 1);
  const change = new JobTally();
  change.add('a', 'announced', -1);
  change.add('b', 'conflict', -1);
  change.add('c', 'unusable', 3);
  tally.merge(change);
  assert.deepEqual(Object.fromEntries(tally.jobs), {
    a: { announced: 1, conflict: 0, unusable: 0 },
    c: { announced: 0, conflict: 0, unusable: 3 },
  });
});
