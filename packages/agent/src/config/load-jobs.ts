// The jobs that are in force: those given by flag, and those of the configuration file, read anew at each reload.

import type { AgentConfig } from './agent-config.ts';
import type { LoadedJobs } from './job.ts';

/** Reads the configuration file. @throws ConfigError with every fault of it. */
export type ReadConfigFile = (file: string) => Promise<LoadedJobs>;

/** @throws ConfigError with every fault of the file. */
export async function loadJobs(
  { jobs, configFile }: Pick<AgentConfig, 'jobs' | 'configFile'>,
  readConfigFile: ReadConfigFile,
): Promise<LoadedJobs> {
  if (configFile === undefined) return { jobs, files: [], notes: [] };
  const loaded = await readConfigFile(configFile);
  return { ...loaded, jobs: [...jobs, ...loaded.jobs] };
}
