#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=1 --initial-old-space-size=64
// The program pullway-proxy. Only here is `process` touched.
// Flags and variable of the first line: docs/performance.md.

import { hostname } from 'node:os';
import { ConfigError, formatFault } from '@pullway/shared/config/faults';
import { parseFlags } from '@pullway/shared/config/flags';
import { helpText } from '@pullway/shared/config/help-text';
import { systemClock } from '@pullway/shared/runtime/clock';
import { createLogger } from '@pullway/shared/runtime/logger';
import { requireNode } from '@pullway/shared/runtime/node-version';
import type { ProcessFacts } from '@pullway/shared/runtime/process-metrics';
import { runProgram } from '@pullway/shared/runtime/shutdown';
import { loadConfiguration, type Configuration } from './config/configuration.ts';
import { FLAGS, type ProxyFlags } from './config/flags.ts';
import { Proxy } from './proxy.ts';
import { VERSION } from './version.ts';

const DESCRIPTION =
  'Takes scrapes of a Prometheus and sends them through tunnels to the agents that reach the targets.';
const EXIT_CONFIGURATION = 2;

async function main(): Promise<void> {
  requireNode(process.versions.node);
  const flags = parseFlags(FLAGS, process.argv.slice(2), process.env);
  if (flags.help) return print(helpText('pullway-proxy', DESCRIPTION, FLAGS));
  if (flags.version) return print(`pullway-proxy, version ${VERSION} (node ${process.versions.node})\n`);
  const configuration = await loadConfiguration(flags);
  if (flags['config.check']) return print('the configuration is valid\n');
  await run(flags, configuration);
}

async function run(flags: ProxyFlags, configuration: Configuration): Promise<void> {
  const logger = createLogger({
    level: flags['log.level'],
    format: flags['log.format'],
    write: (line) => void process.stderr.write(line),
  });
  await runProgram({
    process: { onSignal: (signal, act) => void process.on(signal, act), exit: (code) => process.exit(code) },
    logger,
    graceMs: flags['shutdown.grace'],
    start: async () => {
      const options = { flags, configuration, logger, clock: systemClock, hostname: hostname() };
      const proxy = new Proxy({ ...options, process: processFacts() });
      await proxy.start();
      return proxy;
    },
  });
}

function processFacts(): ProcessFacts {
  return {
    cpuUsage: () => process.cpuUsage(),
    memoryUsage: () => process.memoryUsage(),
    uptime: () => process.uptime(),
    nodeVersion: process.versions.node,
  };
}

function print(text: string): void {
  process.stdout.write(text);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.faults.map(formatFault).join('\n')}\n`);
  process.exitCode = EXIT_CONFIGURATION;
}
