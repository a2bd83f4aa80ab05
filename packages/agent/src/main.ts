#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=1 --no-concurrent-recompilation --liftoff-only --heap-growing-percent=30 --initial-old-space-size=24 --expose-gc --no-maglev --no-sparkplug
// The program `pullway-agent`: the only file that touches the process.
// Flags and variable of the first line: docs/performance.md.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { ConfigError, formatFault } from '@pullway/shared/config/faults';
import { parseFlags } from '@pullway/shared/config/flags';
import { systemClock } from '@pullway/shared/runtime/clock';
import { createLogger } from '@pullway/shared/runtime/logger';
import { requireNode } from '@pullway/shared/runtime/node-version';
import { runProgram, type Running } from '@pullway/shared/runtime/shutdown';
import { Agent } from './agent.ts';
import { agentConfig, type AgentConfig } from './config/agent-config.ts';
import { AGENT_FLAGS, type AgentFlags } from './config/flags.ts';
import type { LoadedJobs } from './config/job.ts';
import { loadJobs } from './config/load-jobs.ts';
import { findTargets } from './discovery/find-targets.ts';
import { Exporters } from './targets/exporters.ts';
import { VERSION } from './version.ts';

try {
  await main(process.argv.slice(2).map((arg) => (arg === '-h' ? '--help' : arg)));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

/** @throws ConfigError when flags or the checked file cannot be used. */
async function main(args: readonly string[]): Promise<void> {
  requireNode(process.versions.node);
  const flags = parseFlags(AGENT_FLAGS, args, process.env);
  if (flags.help) return print(await help());
  if (flags.version) return print(`pullway-agent, version ${VERSION} (node ${process.versions.node})\n`);
  const config = agentConfig(flags, hostname());
  if (flags['config.check']) return check(config);
  return run(flags, config);
}

async function run(flags: AgentFlags, config: AgentConfig): Promise<void> {
  const logger = createLogger({ level: flags['log.level'], format: flags['log.format'], write: log });
  await runProgram({
    logger,
    graceMs: flags['shutdown.grace'],
    process: { onSignal: (signal, run) => void process.on(signal, run), exit: (code) => process.exit(code) },
    start: async (): Promise<Running> => {
      const agent = new Agent(config, {
        clock: systemClock,
        logger,
        environment: process.env,
        node: { path: process.execPath, flags: process.execArgv, availableBytes: () => process.availableMemory() },
        readConfigFile,
        collectGarbage,
        instance: randomUUID(),
        random: Math.random,
        facts: {
          cpuUsage: () => process.cpuUsage(),
          memoryUsage: () => process.memoryUsage(),
          uptime: () => process.uptime(),
          nodeVersion: process.version,
        },
      });
      await agent.start();
      return { close: (options) => agent.close(options), reload: () => agent.reload('signal') };
    },
  });
}

async function check(config: AgentConfig): Promise<void> {
  const { jobs, notes } = await loadJobs(config, readConfigFile);
  const { targets, leftOut } = new Exporters(() => 0).revise((find) => findTargets(jobs, config.identity, find));
  for (const line of [...notes.map(formatFault), ...leftOut]) print(`${line}\n`);
  print(`The configuration is valid and has ${targets.length} targets.\n`);
}

/** Without a file nothing of this is loaded. */
async function readConfigFile(file: string): Promise<LoadedJobs> {
  const { readConfigElsewhere } = await import('./config/config-process.ts');
  return readConfigElsewhere(file, { node: process.execPath, flags: process.execArgv, environment: process.env });
}

/** V8 would keep what starting took: an agent of one node makes so little garbage that hours pass before all of it is collected. */
function collectGarbage(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** Loaded only where it is asked for. */
async function help(): Promise<string> {
  const { helpText } = await import('@pullway/shared/config/help-text');
  return helpText(
    'pullway-agent',
    'Answers scrapes that come through a tunnel which this agent opens to a Pullway proxy.',
    AGENT_FLAGS,
  );
}

function log(line: string): void {
  process.stderr.write(line);
}

function print(text: string): void {
  process.stdout.write(text);
}
