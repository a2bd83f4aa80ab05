// A proxy and an agent of it, which most tests begin with.

import type { TestContext } from 'node:test';
import { runAgent, type RunAgentOptions, type RunningAgent } from './agent.ts';
import { runProxy, type RunningProxy, type RunProxyOptions } from './proxy.ts';

export interface RunPairOptions {
  readonly proxy?: RunProxyOptions;
  readonly agent?: Partial<RunAgentOptions>;
}

export interface Pair {
  readonly proxy: RunningProxy;
  readonly agent: RunningAgent;
}

/** Starts both; they end with `test`. Settles when the proxy knows what the agent announces. */
export async function runPair(test: TestContext, options: RunPairOptions = {}): Promise<Pair> {
  const proxy = await runProxy(test, options.proxy);
  const agent = await runAgent(test, { proxies: [proxy.url], ...options.agent });
  await proxy.hasAgents(1);
  return { proxy, agent };
}
