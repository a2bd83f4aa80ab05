// A whole proxy in the process of the test, at 127.0.0.1.

import type { TestContext } from 'node:test';
import { systemClock } from '@pullway/shared/runtime/clock';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { loadConfiguration } from '../../src/config/configuration.ts';
import { Proxy } from '../../src/proxy.ts';
import { flags } from './flags.ts';

export interface InProcessProxy {
  readonly proxy: Proxy;
  readonly logger: MemoryLogger;
  readonly port: number;
  readonly tunnelPort: number;
}

export async function runProxy(t: TestContext, ...args: readonly string[]): Promise<InProcessProxy> {
  const hasAddress = args.some((arg) => arg.startsWith('--web.listen-address='));
  const given = flags('--sd.warm-up=0s', ...(hasAddress ? [] : ['--web.listen-address=127.0.0.1:0']), ...args);
  const configuration = await loadConfiguration(given);
  const logger = new MemoryLogger();
  const facts = {
    cpuUsage: () => ({ user: 0, system: 0 }),
    memoryUsage: () => ({ rss: 0, heapUsed: 0, external: 0 }),
    uptime: () => 0,
    nodeVersion: '24',
  };
  const proxy = new Proxy({
    flags: given,
    configuration,
    clock: systemClock,
    logger,
    process: facts,
    hostname: 'here',
  });
  const { web, tunnel } = await proxy.start();
  t.after(() => proxy.close({ signal: AbortSignal.abort() }));
  return { proxy, logger, port: web.port, tunnelPort: tunnel.port };
}
