// A mechanism for Kubernetes on a stand-in API server, and the groups that it has found so far.

import type { TestContext } from 'node:test';
import { isAbsolute } from 'node:path';
import { finish } from '@pullway/shared/runtime/pace';
import { z } from 'zod';
import { systemClock } from '@pullway/shared/runtime/clock';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { kubernetesDiscoverySchema } from '../../src/config/kubernetes-schema.ts';
import { KubernetesMechanisms } from '../../src/discovery/kubernetes/kubernetes-mechanisms.ts';
import type { Mechanism } from '../../src/discovery/mechanism.ts';
import type { TargetGroup } from '../../src/discovery/target-group.ts';
import { StandInApiServer } from './api-server.ts';
import { rawObjects } from './kubernetes-objects.ts';
import type { KindName, KubernetesObject } from './api-server-store.ts';

const schema = kubernetesDiscoverySchema({ file: z.string().refine(isAbsolute), environment: {} });

export class Discoverer {
  readonly mechanism: Mechanism;
  readonly #groups = new Map<string, TargetGroup>();
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(mechanism: Mechanism) {
    this.mechanism = mechanism;
    mechanism.start(() => this.#changed.resolve());
  }

  /** Every target that is there now, with all its labels. */
  get targets(): readonly Readonly<Record<string, string>>[] {
    for (const group of finish(this.mechanism.takeChanges(Infinity))) this.#groups.set(group.source, group);
    return [...this.#groups.values()].flatMap(({ labels, targets }) =>
      targets.map((target) => ({ ...labels, ...target })),
    );
  }

  /** Names of the pods among the targets. */
  get pods(): readonly (string | undefined)[] {
    return [...new Set(this.targets.map((labels) => labels['__meta_kubernetes_pod_name']))].toSorted((a = '', b = '') =>
      a < b ? -1 : 1,
    );
  }

  /** Waits for changes until `isTrue` holds. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
  }
}

/** A stand-in until the end of the test. */
export async function standIn(t: TestContext): Promise<{ readonly server: StandInApiServer; readonly url: string }> {
  const server = new StandInApiServer();
  const url = await server.listen();
  t.after(() => server.close());
  return { server, url };
}

/** The same with the objects of the fixtures. */
export async function realisticStandIn(t: TestContext): ReturnType<typeof standIn> {
  const stand = await standIn(t);
  const kinds = { pod: 'pods', node: 'nodes', service: 'services', endpoints: 'endpoints' } as const;
  for (const [role, resource] of [...Object.entries(kinds), ['endpointslice', 'endpointslices']] as const) {
    for (const object of rawObjects(roleSchema.parse(role))) {
      stand.server.store.apply(resourceSchema.parse(resource), objectSchema.parse(object));
    }
  }
  return stand;
}

const roleSchema = z.enum(['pod', 'node', 'service', 'endpoints', 'endpointslice']);
const resourceSchema: z.ZodType<KindName> = z.enum(['pods', 'nodes', 'services', 'endpoints', 'endpointslices']);
const objectSchema: z.ZodType<KubernetesObject> = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().exactOptional() }),
});

/** What `kubernetes_sd_configs: [config]` makes, running until the end of the test. */
export async function discover(
  t: TestContext,
  config: Readonly<Record<string, unknown>>,
): Promise<{ readonly discoverer: Discoverer; readonly logger: MemoryLogger }> {
  const logger = new MemoryLogger();
  const surroundings = { clock: systemClock, logger, random: () => 0.5 };
  const mechanism = await new KubernetesMechanisms(surroundings, {}, 'test').create(schema.parse(config));
  t.after(() => mechanism.stop());
  return { discoverer: new Discoverer(mechanism), logger };
}
