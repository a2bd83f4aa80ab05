import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnoseRouting } from '../../src/scrape/routing-diagnosis.ts';

const PATHS = ['/a', '/b', '/c', '/d', '/e', '/f', '/g'];

const DIAGNOSES = [
  [{ kind: 'unknown' }, 'unknown_target', 'no agent has announced client:9100'],
  [{ kind: 'departed', agent: 'client', sinceMs: 41_600 }, 'agent_gone', 'agent client disconnected 42s ago'],
  [{ kind: 'departed', agent: 'client', sinceMs: 0 }, 'agent_gone', 'agent client disconnected 0s ago'],
  [{ kind: 'not_exposed', paths: ['/metrics'] }, 'not_exposed', 'client:9100 exposes /metrics, not /debug'],
  [
    { kind: 'not_exposed', paths: PATHS.slice(0, 5) },
    'not_exposed',
    'client:9100 exposes /a, /b, /c, /d, /e, not /debug',
  ],
  [
    { kind: 'not_exposed', paths: PATHS },
    'not_exposed',
    'client:9100 exposes /a, /b, /c, /d, /e and 2 more, not /debug',
  ],
] as const;

for (const [routing, outcome, reason] of DIAGNOSES) {
  test(`says "${reason}"`, () => {
    assert.deepEqual(diagnoseRouting(routing, 'client:9100', '/debug'), { outcome, reason });
  });
}
