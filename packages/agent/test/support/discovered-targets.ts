// The whole way of discovery, from the text of a configuration file to what the agent announces, at a stand-in API server.

import type { TestContext } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Work } from '@pullway/shared/runtime/pace';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { loadConfigFile } from '../../src/config/config-file.ts';
import { Discovery } from '../../src/discovery/discovery.ts';
import { Mechanisms } from '../../src/discovery/mechanisms.ts';
import type { TargetSource } from '../../src/targets/contenders.ts';
import { Exporters } from '../../src/targets/exporters.ts';
import { TargetSet } from '../../src/targets/target-set.ts';
import { BriskClock } from './brisk-clock.ts';

export class DiscoveredTargets {
  readonly set = new TargetSet();
  readonly logger = new MemoryLogger();
  readonly discovery: Discovery;

  constructor() {
    const surroundings = { clock: new BriskClock(), logger: this.logger, random: () => 0.5 };
    const mechanisms = new Mechanisms({
      ...surroundings,
      environment: {},
      userAgent: 'test',
      node: { path: process.execPath, flags: [], availableBytes: () => process.availableMemory() },
    });
    const exporters = new Exporters(() => 0);
    this.discovery = new Discovery({
      ...surroundings,
      identity: { name: 'client', cluster: '' },
      find: (description) => exporters.find(description),
      createMechanism: (config) => mechanisms.create(config),
      deliver: (sources) => this.#deliver(sources),
      *settle() {},
    });
  }

  *#deliver(sources: readonly TargetSource[]): Work<void> {
    yield* this.set.updating(sources);
    yield* this.set.tidy();
  }

  get labels(): readonly Readonly<Record<string, string>>[] {
    return this.set.targets().map(({ labels }) => labels);
  }

  /** Each address with its label `turn`, if it has one. */
  get turns(): readonly string[] {
    return this.set
      .targets()
      .map(({ address, labels }) => `${address} ${labels['turn'] ?? ''}`)
      .toSorted();
  }

  /** Targets that nobody can scrape, as they were found. */
  get unusable(): readonly Readonly<Record<string, string>>[] {
    const all = [...this.discovery.droppedTargets()];
    return all.filter(({ fault }) => fault !== undefined).map(({ discoveredLabels }) => discoveredLabels);
  }

  /** Looks at each turn of the event loop until `isTrue` holds; nothing tells of lists that changed nothing. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise(setImmediate);
  }
}

/** What one job finds by `kubernetes` (an entry of `kubernetes_sd_configs`) and `rules`, until the end of the test. */
export async function discoverTargets(
  t: TestContext,
  kubernetes: object,
  rules: readonly object[] = [],
): Promise<DiscoveredTargets> {
  const file = join(await temporaryFolder(t), 'agent.yml');
  const job = { job_name: 'truth', kubernetes_sd_configs: [kubernetes], relabel_configs: rules };
  // Whatever is JSON is YAML.
  await writeFile(file, JSON.stringify({ scrape_configs: [job] }));
  const { jobs } = await loadConfigFile(file);
  const found = new DiscoveredTargets();
  t.after(() => found.discovery.stop());
  await found.discovery.load(jobs);
  return found;
}
