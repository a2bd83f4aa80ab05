// The jobs that are in force: those given by flag, and those of the configuration file, read anew at each reload.

import type { AgentConfig } from './agent-config.ts';
import type { Environment } from './environment-text.ts';
import type { LoadedJobs } from './job.ts';

/** `environment`: for the fields that may refer to it. @throws ConfigError with every fault of the file. */
export async function loadJobs(
  { jobs, configFile }: Pick<AgentConfig, 'jobs' | 'configFile'>,
  environment: Environment,
): Promise<LoadedJobs> {
  if (configFile === undefined) return { jobs, files: [], notes: [] };
  // Without a file the parsers stay on disk: they weigh more than the rest of the agent.
  const { loadConfigFile } = await import('./config-file.ts');
  const loaded = await loadConfigFile(configFile, environment);
  return { ...loaded, jobs: [...jobs, ...loaded.jobs] };
}
