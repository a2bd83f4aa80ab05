import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat } from '@pullway/shared/tunnel/heartbeat';

test('ticks every member once a second between start and stop', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const heartbeat = new Heartbeat();
  const ticks = [0, 0];
  const members = [{ tick: (): void => void (ticks[0]! += 1) }, { tick: (): void => void (ticks[1]! += 1) }];
  for (const member of members) heartbeat.add(member);
  t.mock.timers.tick(5000);
  assert.deepEqual(ticks, [0, 0]);
  heartbeat.start();
  heartbeat.start();
  t.mock.timers.tick(3000);
  assert.deepEqual(ticks, [3, 3]);
  heartbeat.delete(members[0]!);
  t.mock.timers.tick(1000);
  assert.deepEqual(ticks, [3, 4]);
  heartbeat.stop();
  heartbeat.stop();
  t.mock.timers.tick(5000);
  assert.deepEqual(ticks, [3, 4]);
});

test('a member may leave while it is ticked', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const heartbeat = new Heartbeat();
  let ticks = 0;
  const member = {
    tick: (): void => {
      ticks += 1;
      heartbeat.delete(member);
    },
  };
  heartbeat.add(member);
  heartbeat.start();
  t.mock.timers.tick(3000);
  heartbeat.stop();
  assert.equal(ticks, 1);
});
