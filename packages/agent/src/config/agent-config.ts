// What the flags mean together: checked whole, frozen, units in the names. The configuration file comes later, since it can be reloaded.

import { ConfigError } from '@pullway/shared/config/faults';
import type { ListenAddress } from '@pullway/shared/config/listen-address';
import { hideUserinfo } from '@pullway/shared/http/userinfo';
import { isValidName } from '@pullway/shared/protocol/handshake';
import { pathPatternFault } from '../targets/path-policy.ts';
import type { AgentIdentity } from '../targets/address.ts';
import type { DialFiles } from '../uplink/dial.ts';
import { parseProxyUrl, type ProxyUrl } from '../uplink/proxy-url.ts';
import type { AgentFlags } from './flags.ts';
import type { Job } from './job.ts';
import { parseTargetFlag } from './target-flag.ts';

export interface AgentConfig {
  readonly identity: AgentIdentity;
  readonly proxies: readonly ProxyUrl[];
  readonly files: DialFiles;
  /** Jobs that were given by flag; those of the file come in addition. */
  readonly jobs: readonly Job[];
  readonly configFile: string | undefined;
  readonly listen: ListenAddress;
  readonly telemetryPath: string;
  readonly isLifecycleEnabled: boolean;
  readonly maxConcurrent: number;
  readonly maxBodyBytes: number;
}

/**
 * The configuration that `flags` say; `hostname` is the name of the agent unless they name it.
 * @throws ConfigError with every fault.
 */
export function agentConfig(flags: AgentFlags, hostname: string): AgentConfig {
  const faults = new FaultList();
  const config = {
    identity: readIdentity(flags, hostname, faults),
    proxies: readProxies(flags, faults),
    files: readFiles(flags, faults),
    jobs: [...readTargets(flags, 'target', faults), ...readTargets(flags, 'target.passthrough', faults)],
    configFile: flags['config.file'],
    listen: flags['web.listen-address'],
    telemetryPath: readTelemetryPath(flags, faults),
    isLifecycleEnabled: flags['web.enable-lifecycle'],
    maxConcurrent: flags['scrape.max-concurrent'],
    maxBodyBytes: flags['scrape.max-body-bytes'],
  };
  faults.throwIfAny();
  return Object.freeze(config);
}

class FaultList {
  readonly #messages: string[] = [];

  add(flag: keyof AgentFlags, message: string): void {
    this.#messages.push(`flag --${flag}: ${message}`);
  }

  throwIfAny(): void {
    if (this.#messages.length > 0) throw new ConfigError(this.#messages.map((message) => ({ message })));
  }
}

function readIdentity(flags: AgentFlags, hostname: string, faults: FaultList): AgentIdentity {
  const name = flags['agent.name'] ?? hostname.toLowerCase();
  const cluster = flags['agent.cluster'];
  const rule = 'is no name of a-z, 0-9, dot, dash and underscore that begins and ends with a letter or digit';
  if (!isValidName(name)) faults.add('agent.name', `${JSON.stringify(name)} ${rule}`);
  if (cluster !== '' && !isValidName(cluster)) faults.add('agent.cluster', `${JSON.stringify(cluster)} ${rule}`);
  return { name, cluster };
}

function readProxies(flags: AgentFlags, faults: FaultList): readonly ProxyUrl[] {
  const urls = flags['proxy.url'];
  // A check concerns the file; where it will be used may not be known.
  if (urls.length === 0 && !flags['config.check']) faults.add('proxy.url', 'at least one is needed');
  const proxies: ProxyUrl[] = [];
  for (const url of urls) {
    const parsed = parseProxyUrl(url);
    if ('fault' in parsed) faults.add('proxy.url', parsed.fault);
    else if (proxies.some(({ name }) => name === parsed.proxyUrl.name))
      faults.add('proxy.url', `${url} is given twice`);
    else proxies.push(parsed.proxyUrl);
  }
  return proxies;
}

function readFiles(flags: AgentFlags, faults: FaultList): DialFiles {
  const files = {
    token: flags['proxy.token-file'],
    ca: flags['proxy.ca-file'],
    cert: flags['proxy.cert-file'],
    key: flags['proxy.key-file'],
  };
  if (files.cert !== undefined && files.key === undefined) faults.add('proxy.cert-file', 'needs --proxy.key-file');
  if (files.cert === undefined && files.key !== undefined) faults.add('proxy.key-file', 'needs --proxy.cert-file');
  return files;
}

function readTargets(flags: AgentFlags, flag: 'target' | 'target.passthrough', faults: FaultList): readonly Job[] {
  return flags[flag].flatMap((text) => {
    const parsed = parseTargetFlag(text, flag === 'target.passthrough');
    if ('job' in parsed) return [parsed.job];
    faults.add(flag, `${hideUserinfo(text)} ${parsed.fault}`);
    return [];
  });
}

function readTelemetryPath(flags: AgentFlags, faults: FaultList): string {
  const path = flags['web.telemetry-path'];
  const fault = pathPatternFault(path);
  if (fault !== undefined) faults.add('web.telemetry-path', fault);
  return path;
}
