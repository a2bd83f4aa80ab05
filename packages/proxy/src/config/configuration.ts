// All files of the proxy, read and checked together: every fault of every file is told at once, and only a whole configuration comes out.

import { readFile } from 'node:fs/promises';
import { ConfigError, type Fault } from '@pullway/shared/config/faults';
import { NO_WEB_CONFIG, parseWebConfig, type WebConfig } from '../access/web-config.ts';
import { parseConfigFile, requireTokens, type ConfigFile } from './config-file.ts';
import type { ProxyFlags } from './flags.ts';
import { webPaths, type WebPaths } from './web-paths.ts';

export interface Configuration extends ConfigFile {
  readonly paths: WebPaths;
  readonly web: WebConfig;
  /** Of the tunnel listener, where there is one of its own. */
  readonly tunnel: WebConfig;
  /** Every file that was read: when one changes, all are read anew. */
  readonly files: readonly string[];
}

/** @throws ConfigError with the faults of all files. */
export async function loadConfiguration(flags: ProxyFlags): Promise<Configuration> {
  const faults: Fault[] = [];
  // One after the other, so that faults come in the same order each time.
  const paths = await collect(faults, async () => webPaths(flags));
  const content = await collect(faults, () => loadConfigFile(flags));
  const web = await collect(faults, () => loadWebConfig(flags['web.config.file']));
  const tunnel = await collect(faults, () => loadTunnelConfig(flags['tunnel.config.file']));
  if (paths === undefined || content === undefined || web === undefined || faults.length > 0) {
    throw new ConfigError(faults);
  }
  const named = [flags['config.file'], flags['web.config.file'], flags['tunnel.config.file']];
  const files = [...named.filter((file) => file !== undefined), ...web.files, ...(tunnel?.files ?? [])];
  return Object.freeze({ ...content, paths, web, tunnel: tunnel ?? web, files });
}

async function loadConfigFile(flags: ProxyFlags): Promise<ConfigFile> {
  const file = flags['config.file'];
  const content = file === undefined ? { agentTokens: [] } : parseConfigFile(await readText(file), file);
  requireTokens(content, flags.insecure, file);
  return content;
}

async function loadWebConfig(file: string | undefined): Promise<WebConfig> {
  return file === undefined ? NO_WEB_CONFIG : parseWebConfig(await readText(file), file, readText);
}

async function loadTunnelConfig(file: string | undefined): Promise<WebConfig | undefined> {
  if (file === undefined) return undefined;
  const config = await loadWebConfig(file);
  if (config.users.size === 0) return config;
  throw new ConfigError([{ file, message: 'basic_auth_users: agents prove who they are by tokens, not as users' }]);
}

/** Lets the other files be checked although one has faults. */
async function collect<T>(faults: Fault[], load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConfigError([{ file, message }], { cause: error });
  }
}
