// Which mechanism serves which configuration. Each is loaded only when a job uses it: most agents use one or none.

import type { DiscoveryConfig } from '../config/discovery-config.ts';
import type { KubernetesMechanisms } from './kubernetes/kubernetes-mechanisms.ts';
import type { Mechanism, MechanismSurroundings } from './mechanism.ts';

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
