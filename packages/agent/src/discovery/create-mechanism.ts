// Which mechanism serves which configuration. Each is loaded only when a job uses it: most agents use one or none.

import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import type { DiscoveryConfig } from '../config/discovery-config.ts';
import type { Mechanism } from './mechanism.ts';

export interface MechanismSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** @throws ConfigError when `config` cannot be used where the agent runs. */
export async function createMechanism(
  config: DiscoveryConfig,
  surroundings: MechanismSurroundings,
): Promise<Mechanism> {
  if (config.kind !== 'file') throw new Error('later');
  const { FileMechanism } = await import('./file/file-mechanism.ts');
  return new FileMechanism(config, surroundings);
}
