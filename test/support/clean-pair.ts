// A proxy and an agent with a tunnel between them, and the proof that scrapes have left nothing behind at either.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { runAgent, type RunningAgent } from './agent.ts';
import { eventually } from './eventually.ts';
import { openDescriptors } from './program.ts';
import { runProxy, type RunningProxy } from './proxy.ts';

export interface CleanPairOptions {
  /** Every `--target`. */
  readonly targets: readonly string[];
  readonly proxyFlags?: readonly string[];
  readonly agentFlags?: readonly string[];
  /** Puts something between the two: given the port of the proxy, the port that the agent shall connect to. */
  readonly between?: (proxyPort: number) => Promise<number>;
}

export class CleanPair {
  readonly proxy: RunningProxy;
  readonly agent: RunningAgent;

  constructor(proxy: RunningProxy, agent: RunningAgent) {
    this.proxy = proxy;
    this.agent = agent;
  }

  /** Settles when neither end has a scrape, and the tunnel no exchange. */
  async isIdle(): Promise<void> {
    await this.proxy.isIdle();
    await this.agent.isIdle();
    await eventually(async () => {
      const { text } = await this.proxy.get('/api/v1/agents');
      assert.doesNotMatch(text, /"exchanges":\s*[1-9]/, 'exchanges of a tunnel');
    });
  }

  /** What both hold open when no scrape runs. */
  async idleDescriptors(): Promise<Descriptors> {
    await this.isIdle();
    return this.descriptors();
  }

  /** What both hold open now. */
  async descriptors(): Promise<Descriptors> {
    const [proxy, agent] = await Promise.all(
      [this.proxy, this.agent].map(({ program }) => openDescriptors(program.pid)),
    );
    return { proxy: proxy ?? 0, agent: agent ?? 0 };
  }

  /** Settles when both are idle and hold no more open than `before`. */
  async isBackAt(before: Descriptors): Promise<void> {
    await eventually(
      async () => {
        const now = await this.idleDescriptors();
        assert.ok(
          now.proxy <= before.proxy && now.agent <= before.agent,
          `${format(now)} open, ${format(before)} before`,
        );
      },
      { timeoutMs: 30_000 },
    );
  }
}

interface Descriptors {
  readonly proxy: number;
  readonly agent: number;
}

/** Starts both; they end with `test`. Settles when the proxy knows what the agent announces. */
export async function runCleanPair(test: TestContext, options: CleanPairOptions): Promise<CleanPair> {
  const { targets, proxyFlags = [], agentFlags = [], between } = options;
  const proxy = await runProxy(test, { flags: proxyFlags });
  const port = between === undefined ? proxy.port : await between(proxy.port);
  const agent = await runAgent(test, { proxies: [`http://127.0.0.1:${port}`], targets, flags: agentFlags });
  await proxy.hasAgents(1);
  const pair = new CleanPair(proxy, agent);
  // From here on the connections over which they are asked for their metrics are open.
  await pair.isIdle();
  return pair;
}

function format({ proxy, agent }: Descriptors): string {
  return `proxy ${proxy}, agent ${agent}`;
}
