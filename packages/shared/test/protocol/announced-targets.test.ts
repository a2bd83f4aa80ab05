import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AnnouncedTargets, type TargetChange } from '@pullway/shared/protocol/announced-targets';
import type { AnnouncedTarget, Announcement } from '@pullway/shared/protocol/announcement';
import { MAX_ANNOUNCED_BYTES, MAX_TARGET_BYTES, MAX_TARGETS } from '@pullway/shared/protocol/limits';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';

const SEED = 20_261_124;
/** One text for all: the tests count bytes, they need not hold them. */
const LONG = 'x'.repeat(MAX_TARGET_BYTES - 1);

function target(id: number, address = `t-${id}:80`): AnnouncedTarget {
  return { id, address, path: '/metrics', labels: {}, passthrough: false, allowedPaths: [] };
}

function part(change: Partial<Announcement>): Announcement {
  return { snapshot: false, more: false, add: [], remove: [], ...change };
}

function ids(targets: Iterable<AnnouncedTarget>): number[] {
  return [...targets].map(({ id }) => id);
}

function changeOf(change: TargetChange | undefined): { added: number[]; removed: number[] } | undefined {
  return change && { added: ids(change.added), removed: ids(change.removed) };
}

test('a snapshot replaces everything', () => {
  const targets = new AnnouncedTargets();
  targets.receive(part({ snapshot: true, add: [target(1), target(2)] }));
  const change = targets.receive(part({ snapshot: true, add: [target(2), target(3)] }));
  assert.deepEqual(changeOf(change), { added: [2, 3], removed: [1, 2] });
  assert.deepEqual(ids(targets.values()), [2, 3]);
});

test('a delta adds, replaces and removes', () => {
  const targets = new AnnouncedTargets();
  targets.receive(part({ snapshot: true, add: [target(1), target(2)] }));
  const change = targets.receive(part({ add: [target(2, 'new:80'), target(3)], remove: [1, 99] }));
  assert.deepEqual(changeOf(change), { added: [2, 3], removed: [1, 2] });
  assert.deepEqual(
    [...targets.values()].map(({ address }) => address),
    ['new:80', 't-3:80'],
  );
});

test('nothing shows until the frame that says it is the last', () => {
  const targets = new AnnouncedTargets();
  targets.receive(part({ snapshot: true, add: [target(1)] }));
  assert.equal(targets.receive(part({ snapshot: true, more: true, add: [target(2)] })), undefined);
  assert.equal(targets.receive(part({ more: true, add: [target(3)] })), undefined);
  assert.deepEqual(ids(targets.values()), [1]);
  assert.deepEqual(changeOf(targets.receive(part({ remove: [2] }))), { added: [3], removed: [1] });
  assert.equal(targets.size, 1);
});

test('snapshot counts on the first frame only', () => {
  const targets = new AnnouncedTargets();
  targets.receive(part({ snapshot: true, add: [target(1)] }));
  targets.receive(part({ more: true, add: [target(2)] }));
  targets.receive(part({ snapshot: true, add: [target(3)] }));
  assert.deepEqual(ids(targets.values()), [1, 2, 3]);
});

test('what one announcement adds and removes again was never there', () => {
  const targets = new AnnouncedTargets();
  targets.receive(part({ more: true, add: [target(1)] }));
  assert.deepEqual(changeOf(targets.receive(part({ remove: [1] }))), { added: [], removed: [] });
});

test('refuses more targets than the bound, however they came', () => {
  const full = Array.from({ length: MAX_TARGETS }, (_, index) => target(index + 1));
  const targets = new AnnouncedTargets();
  targets.receive(part({ snapshot: true, add: full }));
  assert.throws(() => targets.receive(part({ add: [target(MAX_TARGETS + 1)] })), ProtocolError);
});

// The frames themselves counted as entries, so that the largest change of all was refused.
test('takes the removal of all targets and as many new ones as one announcement', () => {
  const targets = new AnnouncedTargets();
  const all = Array.from({ length: MAX_TARGETS }, (_, index) => index + 1);
  targets.receive(part({ snapshot: true, add: all.map((id) => target(id)) }));
  for (let from = 0; from < MAX_TARGETS; from += 20_000) {
    targets.receive(part({ more: true, remove: all.slice(from, from + 20_000) }));
  }
  const change = targets.receive(part({ add: all.map((id) => target(MAX_TARGETS + id)) }));
  assert.deepEqual([change?.added.length, change?.removed.length], [MAX_TARGETS, MAX_TARGETS]);
});

test('an announcement that never ends is refused before it fills the memory', () => {
  const targets = new AnnouncedTargets();
  const endless = part({ more: true, add: Array.from({ length: 1000 }, (_, index) => target(index + 1)) });
  let frames = 0;
  assert.throws(() => {
    for (; frames < 1000; frames += 1) targets.receive(endless);
  }, ProtocolError);
  assert.equal(frames, (2 * MAX_TARGETS) / 1000);
});

test('changes added up are the list, whatever is announced and however it is cut', () => {
  const id = fc.integer({ min: 1, max: 6 });
  const anyPart = fc.record({
    snapshot: fc.boolean(),
    more: fc.boolean(),
    add: fc.array(
      fc.tuple(id, fc.nat(3)).map(([id, version]) => target(id, `v${version}:80`)),
      { maxLength: 4 },
    ),
    remove: fc.array(id, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(anyPart, { maxLength: 12 }), (parts) => {
      const targets = new AnnouncedTargets();
      const follower = new Set<AnnouncedTarget>();
      for (const part of parts) {
        const change = targets.receive(part);
        for (const gone of change?.removed ?? []) assert.ok(follower.delete(gone));
        for (const added of change?.added ?? []) follower.add(added);
        assert.deepEqual(new Set(targets.values()), follower);
      }
    }),
    { seed: SEED, numRuns: 3000 },
  );
});

test('refuses more text than an agent may make the proxy hold, and counts what was removed out', () => {
  const targets = new AnnouncedTargets();
  const big = (id: number): AnnouncedTarget => ({ ...target(id), labels: { a: LONG } });
  const most = Math.floor(MAX_ANNOUNCED_BYTES / (MAX_TARGET_BYTES + 16)) - 1;
  const list = Array.from({ length: most }, (_, index) => big(index + 1));
  targets.receive(part({ snapshot: true, add: list }));
  targets.receive(part({ snapshot: true, add: list }));
  targets.receive(part({ add: [big(1)] }));
  assert.equal(targets.size, most);
  assert.throws(() => {
    for (let id = most + 1; id < most + 10; id += 1) targets.receive(part({ add: [big(id)] }));
  }, ProtocolError);
});

test('refuses an endless announcement before it is whole', () => {
  const targets = new AnnouncedTargets();
  const add = Array.from({ length: 64 }, (_, index) => ({ ...target(index + 1), labels: { a: LONG } }));
  assert.throws(() => {
    for (let frame = 0; frame < 1_000; frame += 1) targets.receive(part({ more: true, add }));
  }, ProtocolError);
});
