// The jobs that are in force: those given by flag, and those of the configuration file, read anew at each reload.

import type { AgentConfig } from './agent-config.ts';
import type { LoadedJobs } from './job.ts';

/** @throws ConfigError with every fault of the file. */
export async function loadJobs({ jobs, configFile }: Pick<AgentConfig, 'jobs' | 'configFile'>): Promise<LoadedJobs> {
  if (configFile === undefined) return { jobs, files: [] };
  // Without a file the parsers stay on disk: they weigh more than the rest of the agent.
  const { loadConfigFile } = await import('./config-file.ts');
  const loaded = await loadConfigFile(configFile);
  return { jobs: [...jobs, ...loaded.jobs], files: loaded.files };
}
