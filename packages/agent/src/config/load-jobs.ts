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
  if (configFile === undefined) return { jobs, files: [] };
  const loaded = await readConfigFile(configFile);
  return { jobs: [...jobs, ...loaded.jobs], files: loaded.files };
}
