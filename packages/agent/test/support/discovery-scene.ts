// Discovery with mechanisms that find what a test says, on a simulated clock.

import assert from 'node:assert/strict';
import type { Work } from '@pullway/shared/runtime/pace';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import type { DiscoveryConfig } from '../../src/config/discovery-config.ts';
import { Discovery } from '../../src/discovery/discovery.ts';
import type { Mechanism, MechanismStatus } from '../../src/discovery/mechanism.ts';
import type { TargetGroup } from '../../src/discovery/target-group.ts';
import { Exporters } from '../../src/targets/exporters.ts';
import { TargetSet } from '../../src/targets/target-set.ts';

class FakeMechanism implements Mechanism {
  isRunning = false;
  hasSynced = true;
  readonly #changes: TargetGroup[] = [];
  #onChange: () => void = () => {};

  get status(): MechanismStatus {
    const { hasSynced } = this;
    return { kind: 'file', role: '', hasSynced, lastSyncTimestamp: undefined, failures: 0, faults: [] };
  }

  start(onChange: () => void): void {
    this.isRunning = true;
    this.#onChange = onChange;
  }

  stop(): void {
    this.isRunning = false;
  }

  *takeChanges(limit: number): Work<readonly TargetGroup[]> {
    yield;
    return this.#changes.splice(0, limit);
  }

  say(): void {
    this.#onChange();
  }

  change(source: string, ...addresses: readonly string[]): void {
    this.#changes.push({ source, labels: {}, targets: addresses.map((address) => ({ __address__: address })) });
    this.#onChange();
  }
}

export function discovery() {
  const clock = new SimulatedClock();
  const logger = new MemoryLogger();
  const mechanisms = new Map<string, FakeMechanism>();
  const targets = new TargetSet();
  const deltas: (readonly string[])[] = [];
  const exporters = new Exporters(() => 0);
  let settled = Promise.withResolvers<void>();
  const subject = new Discovery({
    clock,
    logger,
    identity: { name: 'client', cluster: '' },
    find: (description) => exporters.find(description),
    createMechanism: async (config) => {
      if (config.kind === 'file' && config.files.includes('bad')) throw new Error('cannot be used');
      const mechanism = new FakeMechanism();
      if (config.kind === 'file' && config.files.includes('silent')) mechanism.hasSynced = false;
      mechanisms.set(JSON.stringify(config), mechanism);
      return mechanism;
    },
    *deliver(sources) {
      const { add, remove } = yield* targets.updating(sources);
      if (add.length + remove.length > 0)
        deltas.push([...add.map(({ address }) => `+${address}`), ...remove.map(() => '-')]);
      yield* targets.tidy();
    },
    *settle() {
      yield;
      settled.resolve();
    },
  });
  return {
    subject,
    clock,
    targets,
    deltas,
    logger,
    mechanismOf: (config: DiscoveryConfig) => mechanisms.get(JSON.stringify(config)) ?? assert.fail('not made'),
    /** Lets a batch go out. */
    batch: async () => {
      settled = Promise.withResolvers();
      clock.advance(250);
      await settled.promise;
    },
  };
}

export function files(...names: readonly string[]): DiscoveryConfig {
  return { kind: 'file', files: names };
}

export const addresses = (targets: TargetSet): readonly string[] =>
  targets
    .targets()
    .map(({ address, labels }) => `${labels['job']} ${address}`)
    .toSorted();
