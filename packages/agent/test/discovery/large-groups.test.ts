// Groups with thousands of targets: how long the event loop is held, and what anybody sees of them meanwhile.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Work } from '@pullway/shared/runtime/pace';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { Discovery } from '../../src/discovery/discovery.ts';
import { ObjectCache } from '../../src/discovery/kubernetes/object-cache.ts';
import type { Endpoints, Pod } from '../../src/discovery/kubernetes/objects.ts';
import { roleGroups } from '../../src/discovery/kubernetes/role.ts';
import { slimEndpoints, slimPod } from '../../src/discovery/kubernetes/slim-objects.ts';
import type { Mechanism } from '../../src/discovery/mechanism.ts';
import type { TargetGroup } from '../../src/discovery/target-group.ts';
import type { TargetSource } from '../../src/targets/contenders.ts';
import { Exporters } from '../../src/targets/exporters.ts';
import type { Target } from '../../src/targets/target.ts';
import { TargetSet } from '../../src/targets/target-set.ts';
import { LongestHold } from '../support/longest-hold.ts';
import { job } from '../support/targets.ts';

/** What discovery may hold the event loop for, in milliseconds: a slice of 5, and the units of one target. */
const MAX_HOLD_MS = 5 + 4;

type Take = (limit: number) => Work<readonly TargetGroup[]>;

/** Discovery with one job and one mechanism; the clock moves on with each target that is made, and each that is put in order. */
async function discovery(t: TestContext, clock: SimulatedClock, takeChanges: Take) {
  const targets = new TargetSet();
  const exporters = new Exporters(() => 0);
  const added: number[] = [];
  const sizes = new Set<number>();
  let settled = Promise.withResolvers<void>();
  let change = (): void => {};
  const status = { kind: 'file', role: '', hasSynced: true, lastSyncTimestamp: 1, failures: 0, faults: [] } as const;
  const mechanism: Mechanism = { status, takeChanges, stop: () => {}, start: (onChange) => void (change = onChange) };
  const subject = new Discovery({
    clock,
    logger: new MemoryLogger(),
    identity: { name: 'client', cluster: '' },
    find: (description) => exporters.find(description),
    createMechanism: () => Promise.resolve(mechanism),
    *deliver(sources) {
      const slow = sources.map((source): TargetSource => ({ ...source, targets: source.targets.map(slowly) }));
      const { add } = yield* targets.updating(slow);
      added.push(add.length);
      yield* targets.tidy();
    },
    *settle() {
      yield;
      settled.resolve();
    },
  });
  t.after(() => subject.stop());
  await subject.load([job({ discoveries: [{ kind: 'file', files: ['any'] }] })]);
  const hold = new LongestHold(t, clock, () => sizes.add(targets.snapshot().length));
  /** Reads of the labels are what an arrangement costs. */
  function slowly(target: Target): Target {
    return {
      ...target,
      get labels() {
        clock.advance(0.25);
        return target.labels;
      },
    };
  }
  return {
    subject,
    targets,
    added,
    sizes,
    hold,
    change: () => change(),
    /** Lets a change go out. */
    batch: async () => {
      settled = Promise.withResolvers();
      change();
      clock.advance(250);
      hold.reset();
      await settled.promise;
    },
  };
}

/** A target that takes a millisecond to be made. */
function slowLabels(address: string, clock: SimulatedClock) {
  return {
    get __address__() {
      clock.advance(1);
      return address;
    },
  };
}

/** Gives what was put in, once. */
function mailbox() {
  const groups: TargetGroup[] = [];
  return {
    put: (group: TargetGroup) => void groups.push(group),
    *take(limit: number): Work<readonly TargetGroup[]> {
      yield;
      return groups.splice(0, limit);
    },
  };
}

// A group was made and put in order in one go: 20,000 targets of one file held all scrapes for half a second.
test('makes a group of 20,000 targets in slices, and announces all of it at once', async (t) => {
  const clock = new SimulatedClock();
  const box = mailbox();
  const { batch, added, sizes, hold, targets } = await discovery(t, clock, (limit) => box.take(limit));
  const addresses = Array.from({ length: 20_000 }, (_, index) => `h${index}:1`);
  box.put({ source: 'g', labels: {}, targets: addresses.map((address) => slowLabels(address, clock)) });
  await batch();
  assert.ok(hold.longestMs <= MAX_HOLD_MS, `${hold.longestMs} ms`);
  assert.deepEqual([added, [...sizes]], [[20_000], [0, 20_000]]);
  assert.equal(targets.admit('h19999:1', '/metrics').kind, 'admitted');
});

function manyPods(count: number, clock: SimulatedClock) {
  const pods = new ObjectCache<Pod>();
  const endpoints = new ObjectCache<Endpoints>();
  const ip = (index: number): string => `10.0.${index >> 8}.${index & 255}`;
  const ports = [80, 81, 82, 83].map((containerPort) => ({ containerPort }));
  const pod = (index: number, phase = 'Running'): Pod => {
    const slim = slimPod({
      metadata: { namespace: 'shop', name: `web-${index}` },
      spec: { containers: [{ name: 'main', ports }] },
      status: { phase, podIP: ip(index) },
    });
    return {
      ...slim,
      get containers() {
        clock.advance(1);
        return slim.containers;
      },
    };
  };
  for (let index = 0; index < count; index += 1) pods.set(pod(index));
  const addresses = Array.from({ length: count }, (_, index) => ({
    ip: ip(index),
    targetRef: { kind: 'Pod', namespace: 'shop', name: `web-${index}` },
  }));
  const subsets = [{ addresses, ports: [{ port: 80 }, { port: 81 }, { port: 82 }] }];
  endpoints.set(slimEndpoints({ metadata: { namespace: 'shop', name: 'web' }, subsets }));
  return { caches: { pods, endpoints }, end: (index: number) => pods.set(pod(index, 'Failed')) };
}

// The targets of an Endpoints object with a thousand addresses were made in one go, before the first rule was applied.
test('makes the targets of 1,000 pods behind one Endpoints object in slices', async (t) => {
  const clock = new SimulatedClock();
  const { caches } = manyPods(1_000, clock);
  const groups = roleGroups('endpoints', caches);
  groups.follow(() => {});
  const { batch, added, sizes, hold } = await discovery(t, clock, (limit) => groups.takeChanges(limit));
  await batch();
  assert.ok(hold.longestMs <= MAX_HOLD_MS, `${hold.longestMs} ms`);
  // A fourth for the port that the object does not name.
  assert.deepEqual([added, [...sizes]], [[4_000], [0, 4_000]]);
});

test('refuses a target whose pod ended while its group was being made', async (t) => {
  const clock = new SimulatedClock();
  const { caches, end } = manyPods(50, clock);
  const groups = roleGroups('endpoints', caches);
  groups.follow(() => {});
  let units = 0;
  const { batch, targets } = await discovery(t, clock, function* take(limit) {
    const work = groups.takeChanges(limit);
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      // All pods have been looked up by then.
      if ((units += 1) === 190) end(7);
      yield;
    }
  });
  await batch();
  assert.equal(targets.admit('web-6.shop.pod:80', '/metrics').kind, 'admitted');
  assert.equal(targets.admit('web-7.shop.pod:80', '/metrics').kind, 'unknown_target');
});

test('announces nothing of a group that was being made when it was told to stop', async (t) => {
  const clock = new SimulatedClock();
  const box = mailbox();
  const { subject, change, added, targets } = await discovery(t, clock, (limit) => box.take(limit));
  const addresses = Array.from({ length: 1_000 }, (_, index) => `h${index}:1`);
  box.put({ source: 'g', labels: {}, targets: addresses.map((address) => slowLabels(address, clock)) });
  change();
  clock.advance(250);
  const startedAt = clock.now();
  while (clock.now() < startedAt + 100) await new Promise(setImmediate);
  subject.stop();
  const stoppedAt = clock.now();
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  assert.ok(clock.now() <= stoppedAt + MAX_HOLD_MS);
  assert.deepEqual([added, targets.size], [[], 0]);
});

test('lets a reload wait for the group that is being made', async (t) => {
  const clock = new SimulatedClock();
  const box = mailbox();
  const { subject, change, added, targets } = await discovery(t, clock, (limit) => box.take(limit));
  const addresses = Array.from({ length: 1_000 }, (_, index) => `h${index}:1`);
  box.put({ source: 'g', labels: {}, targets: addresses.map((address) => slowLabels(address, clock)) });
  change();
  clock.advance(250);
  await new Promise(setImmediate);
  await subject.load([job({ name: 'renamed', discoveries: [{ kind: 'file', files: ['any'] }] })]);
  // The last one withdraws what the job had under its old name.
  assert.deepEqual(added, [1_000, 1_000, 0]);
  assert.deepEqual([targets.size, [...targets.countsByJob.keys()]], [1_000, ['renamed']]);
});

test('makes a group anew that changed while it was being made', async (t) => {
  const clock = new SimulatedClock();
  const box = mailbox();
  const { change, added, targets } = await discovery(t, clock, (limit) => box.take(limit));
  const both = Array.from({ length: 100 }, (_, index) => `both:${index + 1}`);
  const put = (...addresses: readonly string[]): void =>
    box.put({ source: 'g', labels: {}, targets: addresses.map((address) => slowLabels(address, clock)) });
  put('old:1', ...both);
  change();
  clock.advance(250);
  const startedAt = clock.now();
  while (clock.now() < startedAt + 50) await new Promise(setImmediate);
  put(...both, 'new:1');
  change();
  clock.advance(250);
  while (targets.admit('new:1', '/metrics').kind !== 'admitted') await new Promise(setImmediate);
  // Both were waiting for the same announcement: nobody is told of what is out of date by then.
  assert.deepEqual(added, [101]);
  assert.deepEqual([targets.size, targets.admit('old:1', '/metrics').kind], [101, 'unknown_target']);
});
