// Which mechanism serves which configuration. Each is loaded only when a job uses it: most agents use one or none.

import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import type { DiscoveryConfig } from '../config/discovery-config.ts';
import type { KubernetesMechanisms } from './kubernetes/kubernetes-mechanisms.ts';
import type { Mechanism } from './mechanism.ts';

export interface MechanismSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where Kubernetes tells a pod of its API server. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** How the agent names itself to API servers. */
  readonly userAgent: string;
}

export class Mechanisms {
  readonly #surroundings: MechanismSurroundings;
  /** One for all, so that they share watches. */
  #kubernetes: KubernetesMechanisms | undefined;

  constructor(surroundings: MechanismSurroundings) {
    this.#surroundings = surroundings;
  }

  /** @throws ConfigError when `config` cannot be used where the agent runs. */
  async create(config: DiscoveryConfig): Promise<Mechanism> {
    switch (config.kind) {
      case 'file': {
        const { FileMechanism } = await import('./file/file-mechanism.ts');
        return new FileMechanism(config, this.#surroundings);
      }
      case 'kubernetes': {
        const { KubernetesMechanisms } = await import('./kubernetes/kubernetes-mechanisms.ts');
        const { environment, userAgent } = this.#surroundings;
        this.#kubernetes ??= new KubernetesMechanisms(this.#surroundings, environment, userAgent);
        return this.#kubernetes.create(config);
      }
    }
  }
}
